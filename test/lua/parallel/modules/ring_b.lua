os.execute('sleep 0.005')
return { other = require('modules.ring_a') }
