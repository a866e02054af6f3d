-- expect-error: SESSION_NOT_FOUND
parallel({ function() os.execute('sleep 0.01') end, function() Session.complete('nobody') end })
