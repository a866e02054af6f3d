---@meta

---What sessions have besides messages and artifacts: a context, settings for models, and responses by name. It changes
---in active sessions only, else the call raises `SESSION_STATE`; reading works in every state.

---A session as chat programs exchange it. Times are ISO texts in UTC, with milliseconds.
---@class SessionData
---@field id string
---@field title string?
---@field created_at string
---@field updated_at string
---@field messages { id: string, role: MessageRole, content: string, timestamp: string }[] the active conversation
---@field context table<any, any>
---@field metadata table<any, any>

---@class UsageSummary
---@field calls integer answers of models that told what they took
---@field input_tokens integer
---@field output_tokens integer
---@field total_tokens integer
---@field cost_usd number? nil while no price is known

---@class SessionSummary
---@field session_id string
---@field name string?
---@field title string? the same as name
---@field status SessionStatus
---@field created_at integer seconds since the epoch
---@field created_at_iso string
---@field updated_at integer
---@field updated_at_iso string
---@field artifact_count integer
---@field response_count integer responses that are kept by name
---@field message_count integer
---@field conversation_count integer
---@field messages_by_role table<MessageRole, integer>
---@field failures integer messages that failed, or could not be executed
---@field conversation? ConversationSummary the active one
---@field usage UsageSummary
---@field config SessionConfig

---@class ConversationSummary
---@field id string
---@field name string?
---@field prompt_count integer messages of users
---@field response_count integer messages of assistants
---@field token_usage UsageSummary

---@class SessionConfig
---@field provider string?
---@field model string?
---@field provider_config table<string, any>
---@field tools (string|table)[]

---@class SessionProblem
---@field at integer seconds since the epoch
---@field at_iso string
---@field source "message"|"response"|"call"|"session"
---@field id string the message, the response's name, the call, or the session
---@field code string
---@field message string

---The whole session as a plain table; nil and why when there is none.
---@param session? string
---@return SessionData?
---@return string? message
function Session.data(session) end

---The table that belongs to the talk, such as what is known of the customer; nil when there is no such session.
---@param session? string
---@return table<any, any>?
function Session.getContext(session) end

---Puts another context in the place of the first. Raises `SESSION_NOT_FOUND`, `SESSION_STATE`, `TOO_LARGE`.
---@param session string?
---@param context table<any, any> at most 1 MB
---@return true
function Session.setContext(session, context) end

---The provider and the model of calls that name none; nil where that is left to the configuration.
---@param session? string
---@return string? provider
---@return string? model
function Session.getProvider(session) end

---Chooses the provider and the model of calls that name none, from now on. nil leaves them to the configuration.
---Raises `SESSION_NOT_FOUND`, `SESSION_STATE`.
---@param session string?
---@param provider string|ProviderChoice|nil
---@param model? string
---@return true
function Session.setProvider(session, provider, model) end

---Keeps a response under a name, in place of an earlier one; nil removes it. Raises `SESSION_NOT_FOUND`,
---`SESSION_STATE`, `TOO_LARGE`.
---@param session string?
---@param name string 1 to 255 characters
---@param response any at most 1 MB
---@return true
function Session.setResponse(session, name, response) end

---The responses that are kept, by their names.
---@param session? string
---@return table<string, any>
function Session.responses(session) end

---A session in numbers. Raises `SESSION_NOT_FOUND`.
---@param session? string
---@return SessionSummary
function Session.summary(session) end

---What went wrong in a session, in the order in which it happened: messages that failed, responses with
---`success = false`, recorded calls that raised, and the failure of the session itself. Raises `SESSION_NOT_FOUND`.
---@param session? string
---@return SessionProblem[]
function Session.errors(session) end

Session.get_context = Session.getContext
Session.get_provider = Session.getProvider
Session.set_context = Session.setContext
Session.set_provider = Session.setProvider
Session.set_response = Session.setResponse
