---@meta

---What is said in a session: messages, in one conversation or several. None of these functions asks a model.
---
---New messages go to active sessions only, else the call raises `SESSION_STATE`; reading works in every state. With
---`strict_isolation` in the configuration the session must be the current one, else the call raises `POLICY_DENIED`.

---@alias MessageRole "system"|"user"|"assistant"|"tool"

---The names of the roles.
Session.Role = { SYSTEM = "system", USER = "user", ASSISTANT = "assistant", TOOL = "tool" }

---@alias MessageStatus
---| "completed" # said, or executed well
---| "pending" # a prompt that is still to be executed
---| "running"
---| "failed"
---| "skipped" # its condition did not hold
---| "blocked" # something that it needs has failed

---A message: a copy, changing it changes nothing.
---@class Message
---@field id string "msg_1", "msg_2", ... never given twice in a session
---@field role MessageRole
---@field content string the text of it
---@field parts? MessagePart[] when it is more than a text
---@field timestamp string ISO text, UTC
---@field created_at integer seconds since the epoch
---@field conversation string
---@field name string?
---@field parents string[] what it follows; the first one is before it in the history
---@field dependencies string[]
---@field status MessageStatus
---@field group string?
---@field error? { code: string, message: string }
---@field started_at integer?
---@field completed_at integer?
---@field tool_calls? ToolCall[]
---@field tool_call_id string? the call that a message of the role "tool" answers
---@field provider string?
---@field model string?
---@field usage? MessageUsage
---@field metadata table<any, any>

---@class ToolCall
---@field id string
---@field name string
---@field arguments table<string, any>

---@class MessageUsage
---@field input_tokens integer
---@field output_tokens integer
---@field total_tokens? integer
---@field cached_tokens? integer of the input: read from the provider's cache
---@field cache_write_tokens? integer of the input: written to the provider's cache
---@field reasoning_tokens? integer of the output
---@field estimated? true the provider told nothing, the numbers are a guess
---@field cost_usd? number nil when the price is not known

---A part of a message. An image is an artifact of the session, a URL, or its bytes.
---@class MessagePart
---@field type "text"|"image"|"tool_call"|"tool_result"|"reasoning"
---@field text? string of a text and of reasoning
---@field artifact? string of an image
---@field url? string of an image
---@field data? string of an image: its bytes
---@field mime_type? string of an image
---@field id? string of a call and of its result
---@field name? string of a call and of its result
---@field arguments? table<string, any> of a call
---@field malformed? string of a call: what the model wrote when it was not JSON
---@field content? string|MessagePart[] of a result: texts and images
---@field is_error? boolean of a result
---@field signature? string of reasoning
---@field redacted? string of reasoning
---@field field? "reasoning_content"|"reasoning" of reasoning: what its server calls it
---@field origin? string of reasoning: who thought it, `provider/model`

---@class MessageOptions
---@field conversation? string the active one when absent
---@field parent? string what it follows, in place of the last message: the history goes on from there
---@field parents? string[] the same, for several
---@field name? string who speaks
---@field tool_calls? ToolCall[] for assistants
---@field tool_call_id? string for the role "tool": the call that it answers
---@field is_error? boolean for the role "tool"
---@field provider? string
---@field model? string
---@field usage? MessageUsage
---@field metadata? table<any, any> at most 1 MB

---@class HistoryOptions
---@field conversation? string the active one when absent
---@field include_system? boolean false leaves out the messages of the role "system"
---@field limit? integer the newest so many

---Adds a message. The first one of a conversation is its system prompt when its role is "system".
---Raises `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND` (the parent), `TOO_LARGE`,
---`BAD_ARGUMENT`.
---@param session string?
---@param role MessageRole
---@param content string|MessagePart[]|nil nil only where the options say it all
---@param options? MessageOptions
---@return Message
function Session.addMessage(session, role, content, options) end

---A message by its id; nil when the session has none.
---@param session string?
---@param id string
---@return Message?
function Session.getMessage(session, id) end

---The system prompt and the messages of a conversation, oldest first.
---@param session? string
---@param options? HistoryOptions
---@return Message[]
function Session.history(session, options) end

---Removes the messages of a conversation; the system prompt stays unless `keep_system_prompt` is false.
---Raises `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`.
---@param session? string
---@param options? { conversation?: string, keep_system_prompt?: boolean }
---@return integer count
function Session.clearHistory(session, options) end

---Gives a conversation another system prompt. Raises `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`.
---@param session string?
---@param prompt string
---@param options? { conversation?: string }
---@return true
function Session.setSystemPrompt(session, prompt, options) end

---@class Conversation
---@field id string "conv_1", "conv_2", ... in the order of starting
---@field name string?
---@field active boolean
---@field head string? the last message of its history
---@field message_count integer on all its branches, the system prompt included
---@field created_at integer seconds since the epoch
---@field created_at_iso string
---@field updated_at integer
---@field updated_at_iso string

---A prompt that a conversation begins with. It is kept with all its fields, and not executed.
---@class InitialPrompt
---@field name? string
---@field system_prompt? string that of the session when absent
---@field user_prompt? string becomes a message with the status "pending"
---@field [string] any

---Starts a conversation; it becomes the active one. A string is its name. A session's first message starts one too.
---Raises `SESSION_NOT_FOUND`, `SESSION_STATE`, `TOO_LARGE`.
---@param session string?
---@param options? { name?: string, initial_prompt?: InitialPrompt|string }|string
---@return string conversation
function Session.startConversation(session, options) end

---The conversations of a session in the order of starting.
---@param session? string
---@return Conversation[]
function Session.listConversations(session) end

---The conversation that calls without one mean; nil before the first one.
---@param session? string
---@return string? conversation
function Session.activeConversation(session) end

---Makes a conversation the active one. Raises `SESSION_NOT_FOUND`, `SESSION_STATE`.
---@param session string?
---@param conversation string
---@return boolean found
function Session.useConversation(session, conversation) end

---@class HistoryView
---@field node_id? string a message; the last one of the conversation when absent
---@field conversation? string the active one when absent
---@field max_depth? integer

---A message with its distance from the one that was asked for, which has depth 0.
---@class AncestorMessage: Message
---@field depth integer

---What led to a message, over everything that it follows or depends on, oldest first, itself last.
---Raises `MESSAGE_NOT_FOUND`.
---@param session? string
---@param view? HistoryView max_depth is the most steps to go back
---@return AncestorMessage[]
function Session.conversationHistory(session, view) end

---Messages of which each follows the one before, and the ways on where there are several.
---@class HistoryStretch
---@field messages Message[]
---@field branches HistoryStretch[]
---@field cut? true branches were left out, since they are too deep

---A conversation with all its branches, or what came of one message. Raises `MESSAGE_NOT_FOUND`.
---@param session? string
---@param view? HistoryView max_depth is the most branches within each other, up to 50
---@return HistoryStretch[]
function Session.historyTree(session, view) end

Session.active_conversation = Session.activeConversation
Session.add_message = Session.addMessage
Session.clear_history = Session.clearHistory
Session.conversation_history = Session.conversationHistory
Session.get_message = Session.getMessage
Session.history_tree = Session.historyTree
Session.list_conversations = Session.listConversations
Session.set_system_prompt = Session.setSystemPrompt
Session.start_conversation = Session.startConversation
Session.use_conversation = Session.useConversation
