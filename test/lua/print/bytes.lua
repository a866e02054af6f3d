-- expect-output: "a\u0000b\té 👩‍👩‍👧\n"
print('a\0b', 'é 👩‍👩‍👧')
warn('on stderr')
