-- expect-exit: 7
-- expect-output: "before\n"
print('before')
os.exit(7)
print('after')
