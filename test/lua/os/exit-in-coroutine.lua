-- expect-exit: 1
-- expect-output: "inside\n"
local ok = pcall(function()
  coroutine.wrap(function()
    coroutine.wrap(function()
      print('inside')
      os.exit(false)
      print('after')
    end)()
    print('after')
  end)()
  print('after')
end)
print('after', ok)
