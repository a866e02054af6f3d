return { inner = require('modules.counter') }
