---@meta

---Prompts that are executed: one after the other, side by side, or in the order that their dependencies ask for. Each
---is a message of the session that says how it went, so a run that is resumed goes on with the prompts that are left.
---
---What other prompts have answered is put in place of `{{name}}`, `{{1}}` or `{{msg_7}}` in the text; results that it
---does not mention are put in front of it.

---@alias PromptStatus MessageStatus

---@class Retry
---@field max? integer further attempts; 0 when absent
---@field backoff? "exponential"|"constant" how the pauses grow; exponential when absent
---@field base_ms? integer the first pause in milliseconds, give or take a half; 500 when absent

---What a condition is asked about: results by position, by name and by id.
---@alias PromptResults table<integer|string, { id: string, name: string?, content: string }>

---A prompt. Further fields, such as `model`, `temperature` or `schema`, go to `LLM.generate`.
---@class Prompt
---@field name? string unique in its list; another one depends on it by this name
---@field user_prompt string
---@field system_prompt? string that of the conversation when absent
---@field depends_on? string|string[] names of the same list, or ids of messages
---@field when? fun(results: PromptResults): boolean false skips the prompt
---@field retry? Retry
---@field conversation? string the active one when absent
---@field variables? table<string, string|number|boolean> what stands for `{{name}}`; those of the call win
---@field [string] any

---@class PromptOptions
---@field variables? table<string, string|number|boolean> what stands for `{{name}}`
---@field dependencies? string|string[] names of the same list, or ids of messages, for every prompt
---What a prompt becomes when something that it needs has no answer: blocked (the default), skipped, or executed
---without it.
---@field on_dependency_failure? "fail"|"skip"|"continue"
---@field when? fun(results: PromptResults): boolean
---@field retry? Retry
---@field conversation? string
---@field [string] any

---@class ParallelPromptOptions: PromptOptions
---@field max_parallel? integer the most prompts that are executed at once; all when absent
---@field on_progress? fun(done: integer, total: integer, status: ExecutionStatus)

---@class ExecutionStatus
---@field node_id string
---@field name string?
---@field status PromptStatus
---@field started_at integer? seconds since the epoch
---@field completed_at integer?
---@field error? { code: string, message: string }
---@field group_id string?
---@field dependencies string[]
---@field provider string?
---@field model string?
---@field usage? MessageUsage
---@field attempts integer?

---@class GroupStatus
---@field group_id string
---@field total integer
---@field pending integer
---@field running integer
---@field completed integer
---@field failed integer
---@field skipped integer
---@field blocked integer
---@field progress number from 0 to 1
---@field done boolean nothing is pending or running
---@field nodes { node_id: string, name: string?, status: PromptStatus, error?: { code: string, message: string } }[]

---Executes a prompt after what it depends on. The answer becomes the last message of the conversation. Raises the error
---of a prompt that failed, with its `node_id`, and `DEPENDENCY_FAILED` when something that it needs has no answer.
---@param session string?
---@param prompt Prompt|string
---@param options? PromptOptions
---@return string node the message with the answer; see `executionStatus` for one that was skipped
function Session.executePrompt(session, prompt, options) end

---Executes prompts side by side, each once all that it depends on is over. A prompt that fails raises nothing: its
---status tells. The conversation goes on from the last prompt of the list that was answered. Raises `PROMPT_CYCLE`, and
---the error of `on_progress`; nothing is executed when a prompt is not in order.
---@param session string?
---@param prompts (Prompt|string)[]
---@param options? ParallelPromptOptions
---@return string[] nodes in the order of the list
---@return string group
function Session.executeParallel(session, prompts, options) end

---How the execution of a prompt goes; nil when there is no such message.
---@param session string?
---@param node string
---@return ExecutionStatus?
function Session.executionStatus(session, node) end

---How the prompts go that were executed together; nil when there is no such group.
---@param session string?
---@param group string
---@return GroupStatus?
function Session.groupStatus(session, group) end

---In which order prompts are executed: levels, each of which needs only earlier ones. Names of the prompts (their
---positions where they have none); without a list the ids of the prompts that the session has executed. Raises
---`PROMPT_CYCLE`.
---@param session string?
---@param prompts? (Prompt|string)[]
---@return string[][] levels
function Session.executionPlan(session, prompts) end

---Waits until a prompt that another branch or run executes is over. Raises `MESSAGE_NOT_FOUND`.
---@param session string?
---@param node string
---@param options? { timeout?: number } in seconds
---@return ExecutionStatus? status nil when the time is over
---@return "timeout"? reason
function Session.await(session, node, options) end

Session.execute_prompt = Session.executePrompt
Session.execute_parallel = Session.executeParallel
Session.execution_status = Session.executionStatus
Session.group_status = Session.groupStatus
Session.execution_plan = Session.executionPlan
