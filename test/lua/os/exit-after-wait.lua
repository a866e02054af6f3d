-- expect-exit: 3
-- expect-output: "1\n"
os.execute('sleep 0')
print(1)
os.exit(3)
os.execute('sleep 0')
print(2)
