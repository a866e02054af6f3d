local list = JSON.array({ 1, 2 })
list[3] = 3
assert(#list == 3 and JSON.stringify(list) == '[1,2,3]', 'a marked list is an ordinary table')
assert(table.concat(list, ',') == '1,2,3', 'the table library works on it')
table.insert(list, 4)
assert(table.remove(list) == 4 and select('#', table.unpack(list)) == 3, 'inserting and removing, too')
assert(not pcall(JSON.array, 'x'), 'only tables can be lists')
assert(tostring(JSON.null) == 'null' and ('%s'):format(JSON.null) == 'null', 'null is readable')
