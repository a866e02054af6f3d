---@meta

---@class SessionAskOptions: LLMOptions
---@field conversation? string the active one when absent

---Asks the session's model with the whole history, and keeps both turns. A call that fails changes nothing. Provider
---and model may differ from call to call; those of the session stay what they are.
---
---Raises what `LLM.generate` raises, and `SESSION_STATE` for sessions that take no messages.
---@param session string?
---@param prompt LLMContent? nil asks for an answer to what was said last
---@param options? SessionAskOptions
---@return string text
---@return LLMResponse response
function Session.generate(session, prompt, options) end

---The same, piece by piece: `for token in Session.stream(id, "...") do ... end`. The turns are kept after the last
---piece; a loop that is left keeps nothing. Raises what `Session.generate` raises.
---@param session string?
---@param prompt LLMContent?
---@param options? SessionAskOptions
---@return LLMStream
function Session.stream(session, prompt, options) end
