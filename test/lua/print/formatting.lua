-- expect-output: "1\t1.0\t-0.0\tnil\ttrue\ttext\n\n1e+100\tinf\t-inf\tnan\nobject\tnull\t9223372036854775807\nlast\tnil\n"
print(1, 1.0, -0.0, nil, true, 'text')
print()
print(1e100, 1 / 0, -1 / 0, (tostring(0 / 0):gsub('-', '')))
print(setmetatable({}, { __tostring = function() os.execute('sleep 0') return 'object' end }), JSON.null, math.maxinteger)
print('last', nil)
