os.execute('sleep 0.005')
ATTEMPTS = (ATTEMPTS or 0) + 1
if ATTEMPTS < 3 then error('attempt ' .. ATTEMPTS, 0) end
return 'third time'
