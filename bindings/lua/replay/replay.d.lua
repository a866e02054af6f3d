---@meta

---How `Session.replay` is told what to do, when it is due, and how values are compared.
Replay = {}

---@alias ReplayModeName
---| "exact" # runs the script again
---| "modified" # with other answers than the recorded ones
---| "simulate" # goes through the record without running the script
---| "debug" # runs the script again and tells every call

---@class ReplayMode
local ReplayMode = {}
---@return ReplayModeName
function ReplayMode:name() end

---The modes by their names.
---@type table<ReplayModeName, ReplayMode>
Replay.modes = {}

---Another value for a recorded answer. Its path is a call and a field: "tool.execute.result.total" in every answer of
---tool.execute, "tool.execute#2" its whole second answer; items of lists count from 1.
---@class ReplayModification
local ReplayModification = {}
---@return string
function ReplayModification:get_path() end
---@return any
function ReplayModification:get_value() end
---@return boolean
function ReplayModification:is_enabled() end

---@class ReplayConfig: ReplayOptions
local ReplayConfig = {}
---@return ReplayMode
function ReplayConfig:get_mode() end
---@return boolean
function ReplayConfig:should_compare_results() end
---@return number
function ReplayConfig:get_timeout_seconds() end
---@return boolean
function ReplayConfig:should_stop_on_error() end
---@return ReplayModification[]
function ReplayConfig:get_modifications() end
---Adds a modification and returns the configuration.
---@param path string|ReplayModification
---@param value? any
---@param enabled? boolean true when absent
---@return ReplayConfig
function ReplayConfig:add_modification(path, value, enabled) end

---@class ReplaySchedule
local ReplaySchedule = {}
---@return "once"|"interval"|"cron"
function ReplaySchedule:type_name() end
---The first time behind `now` at which the schedule is due; nil when there is none.
---@param now? number seconds since the epoch; the current time when absent
---@return number?
function ReplaySchedule:next_run(now) end

---@class ReplaySchedules
---@field once fun(delay: number, start?: number): ReplaySchedule due `delay` seconds behind its start, which is now
---@field interval fun(delay: number, every: number, max?: integer, start?: number): ReplaySchedule then again and again
---@field cron fun(expression: string): ReplaySchedule five fields as in "30 6 * * mon-fri", in UTC

---Makers of schedules.
---@type ReplaySchedules
Replay.schedules = {}

---@class ReplayComparison
---@field identical boolean
---@field similarity_score number
---@field summary string
---@field differences { path: string, description: string }[]

---@class ReplayComparator
local ReplayComparator = {}
---Compares two values leaf by leaf, as JSON would hold them; `similarity_score` is from 0 to 1.
---@param left any
---@param right any
---@return ReplayComparison
function ReplayComparator:compare_json(left, right) end
ReplayComparator.compareJson = ReplayComparator.compare_json

---Options for `Session.replay`. Raises an error for a mode that there is not.
---@param mode? ReplayModeName|ReplayMode "exact" when absent
---@return ReplayConfig
function Replay.create_config(mode) end

---Raises an error for a path that is no string.
---@param path string
---@param value any
---@param enabled? boolean true when absent
---@return ReplayModification
function Replay.create_modification(path, value, enabled) end

---@return ReplayComparator
function Replay.create_comparator() end

Replay.createComparator = Replay.create_comparator
Replay.createConfig = Replay.create_config
Replay.createModification = Replay.create_modification
