---@meta

---Tools do one thing each: built-in ones, and those that the embedding program defines. A tool is also a field:
---`Tool.compression{...}`, `Tool["json-processor"]{...}`.
---@class ToolGlobal
---@field [string] ToolInfo
Tool = {}

---What may become of a call whose outcome a crash has hidden.
---@alias ToolEffect "pure"|"idempotent"|"reconcilable"|"paid"|"unsafe"

---@class ToolSummary
---@field name string
---@field description string
---@field category string
---@field version string
---@field effect ToolEffect

---@class ToolParameter
---@field name string
---@field type string?
---@field description string?
---@field required boolean
---@field default any

---@class ToolSchema
---@field name string
---@field description string
---@field parameters ToolParameter[]
---@field json_schema table the JSON Schema of the arguments

---A tool that can be called: `tool{...}`, `tool.execute{...}`, `tool:execute{...}`.
---@class ToolInfo: ToolSummary
---@field tags string[]
---@field schema ToolSchema
---@field execute fun(args: table): ToolResult
---@field invoke fun(args: table): ToolResult
---@field getSchema fun(): ToolSchema
---@field get_schema fun(): ToolSchema
---@operator call(table): ToolResult

---The result of every call of a tool.
---@class ToolResult
---@field success boolean
---@field result any what the tool gave, when it succeeded
---@field error ToolError? what went wrong, when it did not
---@field operation string? args.operation
---@field duration_ms integer

---@class ToolError
---@field code string
---@field message string
---@field hint string?
---@field details table<string, any>?

---A tool of the script.
---@class ToolDefinition
---@field name string
---@field description string
---@field parameters table? the JSON Schema of the arguments
---@field category string? `script` when missing
---@field version string? `1.0.0` when missing
---@field tags string[]?
---@field run fun(args: table): any may be called `execute` too

---Calls a tool. What goes wrong while it works is in the result; misuse raises `TOOL_NOT_FOUND`, `TOOL_ARGUMENTS`
---(the arguments do not fit its schema; the message names the place as a JSON pointer) or `POLICY_DENIED`.
---@param name string
---@param args? table
---@return ToolResult
function Tool.execute(name, args) end

---All tools, by name, those of MCP servers as `server/tool`. Servers that do not start are left out.
---@return ToolSummary[]
function Tool.list() end

---A tool that can be called; nil when there is none of this name.
---@param name string
---@return ToolInfo?
function Tool.get(name) end

---The schema of a tool. Raises `TOOL_NOT_FOUND`.
---@param name string
---@return ToolSchema
function Tool.schema(name) end

---@param name string
---@return boolean
function Tool.exists(name) end

---The categories of all tools, each once.
---@return string[]
function Tool.categories() end

---The tools of a category, or with a tag: one of their tags, or text in their description.
---@param query? { category?: string, tag?: string }
---@return ToolSummary[]
function Tool.discover(query) end

Tool.invoke = Tool.execute
Tool.call = Tool.execute
Tool.get_schema = Tool.schema

---Defines a tool by a function of the script: `Tool.execute` and `tool{...}` call it, and models may call it. What the
---function returns is the result; what it raises is the error of the result. Raises `BAD_ARGUMENT`.
---@param definition ToolDefinition
---@return ToolInfo
function Tool.define(definition) end

Tool.register = Tool.define
