-- settings: {"runtime.security.file_read_roots": ["@cwd/test/fixtures"]}
local file, message, number = io.open("test/fixtures/missing.txt")
assert(file == nil and number == 2)
assert(message == "test/fixtures/missing.txt: No such file or directory", message)
local ok, err = pcall(io.lines, "test/fixtures/missing.txt")
assert(not ok and tostring(err):find("No such file or directory", 1, true))
