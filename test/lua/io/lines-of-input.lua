local lines = {}
for line in io.lines() do lines[#lines + 1] = line end
assert(table.concat(lines, '|') == 'first line|second line|42 rest', table.concat(lines, '|'))
