---@meta

---@class ParallelOptions
---@field max_parallel? integer the most functions that run at once; all when missing
---@field settle? boolean answer how each one ended, and raise nothing

---How one function ended, with `settle`.
---@class ParallelEntry
---@field ok boolean
---@field value any what it returned
---@field error any what it raised

---Runs functions side by side: while one waits for the host, the others go on. Each is a branch of the run, with a
---place of its own in the record, and may itself use `parallel`. They take turns only where they wait, so what lies
---between two waits is never interrupted; what they share may have changed after a wait.
---
---Answers a table with what each function returned (its first value), in the order of the list. When one raises an
---error, no more are started, those that run come to their end, and the error is raised; of several, the first in the
---order of the list. A branch has its own current session, which begins as that of the branch that started it.
---
---    local pages = parallel({
---      function() return Tool.execute("fetch", { page = 1 }) end,
---      function() return Tool.execute("fetch", { page = 2 }) end,
---    })
---@class parallel
---@overload fun(list: (fun(): any)[], options?: { max_parallel?: integer }): any[]
---@overload fun(list: (fun(): any)[], options: { settle: true, max_parallel?: integer }): ParallelEntry[]
parallel = {}

---Calls a function with each item of a list and its position, side by side.
---@generic T, R
---@param list T[]
---@param fn fun(item: T, index: integer): R
---@param options? ParallelOptions
---@return R[] results in the order of the list; with `settle`, how each one ended
function parallel.map(list, fn, options) end
