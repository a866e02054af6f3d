---@meta

---@class SessionAskOptions: LLMOptions
---@field conversation? string the active one when absent

---Asks the session's model with the whole history, and keeps both turns. A call that fails changes nothing. Provider
---and model may differ from call to call; those of the session stay what they are.
---
---Raises what `LLM.generate` raises, and `SESSION_STATE` for sessions that take no messages.
---@param session string?
---@param prompt LLMContent|Prompt? nil asks for an answer to what was said last
---@param options? SessionAskOptions
---@return string text
---@return LLMResponse response
function Session.generate(session, prompt, options) end

---The same, piece by piece: `for token in Session.stream(id, "...") do ... end`. The turns are kept after the last
---piece; a loop that is left keeps nothing. Raises what `Session.generate` raises.
---@param session string?
---@param prompt LLMContent|Prompt?
---@param options? SessionAskOptions
---@return LLMStream
function Session.stream(session, prompt, options) end

---A tool whose function is one of the script. Storage keeps what is said of it; the function lives as long as the run.
---@class LuaTool: LLMTool
---@field run fun(args: table): any

---@class SessionToolOptions: SessionAskOptions
---@field tools? (string|LuaTool|ToolInfo)[] those of the session when absent
---@field max_tool_calls? integer 25 when absent
---@field on_tool_call? fun(call: LLMToolCall): boolean? told of each call before it is made; false refuses it

---@class ToolLoopResponse: LLMResponse
---@field tool_calls_made { id: string, name: string, arguments: table, content: string, is_error: boolean }[]
---@field rounds integer answers with calls of tools
---@field compacted? CompactResult

---Asks the session's model, calls the tools that it wants to call, tells it their results, and so on until it answers.
---Calls of one answer run side by side. What goes wrong with a call (no such tool, arguments that do not fit, an error)
---is told to the model. Each round is kept in the history when its tools have answered; `usage` is that of all rounds.
---
---Raises what `Session.generate` raises, `LIMIT_TOOL_CALLS`, `TOOL_NOT_FOUND` for a definition without a function, and
---`EFFECT_UNKNOWN` when a crash has hidden whether an unsafe tool took effect.
---@param session string?
---@param prompt LLMContent|Prompt?
---@param options? SessionToolOptions
---@return ToolLoopResponse
function Session.generateWithTools(session, prompt, options) end

---Gives a session one tool more, in place of one with the same name. Raises `TOOL_NOT_FOUND` for a name that is none.
---@param session string?
---@param tool string|LuaTool|ToolInfo
---@return true
function Session.addTool(session, tool) end

---@class CompactOptions
---@field preserve_recent? integer the newest messages that stay as they are; 6 when absent
---@field model? string the one that summarises; the session's when absent
---@field provider? string|ProviderChoice
---@field conversation? string the active one when absent

---@class CompactResult
---@field summary string
---@field message_id string the message that holds it
---@field summarized integer messages that it stands for
---@field kept integer messages behind it
---@field previous_head string for `Session.setHead`, which takes it back
---@field usage LLMUsage

---Has a model summarise the older messages of a conversation, which goes on with the summary and copies of its newest
---messages as another branch: what was said stays. Nil when there is nothing to summarise. Raises what `LLM.generate`
---raises.
---@param session string?
---@param options? CompactOptions
---@return CompactResult?
function Session.compact(session, options) end

---Makes a message the last one of its conversation's history. What was said behind it stays in the graph. Raises
---`MESSAGE_NOT_FOUND`.
---@param session string?
---@param message string
---@param options? { conversation: string }
---@return string? previous the message that was the last one
function Session.setHead(session, message, options) end

---The history as it goes to a provider: "openai", "anthropic", or one of the configuration that speaks one of their
---protocols. For Anthropic's the system prompt is the second result. Raises `PROVIDER_NOT_FOUND`.
---@param session string?
---@param provider string
---@param options? { conversation: string }
---@return table[] messages
---@return string? system
function Session.messagesForProvider(session, provider, options) end

---Whether the model that answers in a session meets requirements, as `LLM.validateForTask` tells it of any model.
---Raises `SESSION_NOT_FOUND`.
---@param session string?
---@param requirements table<string, boolean|number>
---@return boolean ok
---@return string[] reasons what is missing
function Session.validateModelForTask(session, requirements) end

Session.add_tool = Session.addTool
Session.generate_with_tools = Session.generateWithTools
Session.messages_for_provider = Session.messagesForProvider
Session.set_head = Session.setHead
Session.validate_model_for_task = Session.validateModelForTask
