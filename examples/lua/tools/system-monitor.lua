-- The tool system-monitor tells how busy the machine is.
--
--   npx llmspell run examples/lua/tools/system-monitor.lua

local monitor = Tool.get("system-monitor")
local all = monitor{}.result
print(("cpu     %5.1f %% of %d cores"):format(all.cpu.usage_percent, all.cpu.cores))
print(("memory  %5.1f %% of %.1f GB"):format(all.memory.usage_percent, all.memory.total / 1e9))
print(("disk    %5.1f %% of %.1f GB"):format(all.disk.usage_percent, all.disk.total / 1e9))
print(("process %5.1f MB"):format(all.process.memory / 1e6))

local busy = monitor{ operation = "cpu", sample_ms = 500 }.result.usage_percent > 80
print(busy and "better later" or "there is room for more")
