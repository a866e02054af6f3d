assert(arg[0]:find('arg.lua', 1, true) and arg[1] == 'first' and #arg == 3, 'arg has the script and its arguments')
local first, option, value = ...
assert(first == 'first' and option == '--name' and value == 'value', 'so has ...')
assert(ARGS[1] == 'first' and ARGS.name == 'value', 'ARGS knows names')
