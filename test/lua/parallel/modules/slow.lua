LOADS = (LOADS or 0) + 1
os.execute('sleep 0.01')
return { number = LOADS }
