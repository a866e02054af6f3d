return parallel({ function() return require('modules.inside') end })
