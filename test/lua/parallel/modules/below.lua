return parallel({
  function() return require('modules.slow') end,
  function() return require('modules.slow') end,
})
