-- expect-exit: 7
-- expect-output: "one\n"
-- os.exit in a branch ends the run: nothing else of the script runs, and files are closed.
parallel({
  function() os.execute('sleep 5') print('never') end,
  function() parallel({ function() print('one') os.exit(7) print('never') end, function() print('never') end }) end,
  function() os.execute('sleep 5') print('never') end,
})
