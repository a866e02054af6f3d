---@meta

---Language models. Every call is recorded: a run that is resumed or replayed gets the answer that it got, and nothing
---is asked or paid again. Who answers is said in `llmspell.toml`, under `[providers]`; a call may name another one.
LLM = {}

---A text, or a list of parts: `{ { type = "text", text = "..." }, { type = "image", artifact = id } }`.
---@alias LLMContent string|table[]

---@class LLMMessage
---@field role? "system"|"user"|"assistant"|"tool" user when absent
---@field content? LLMContent
---@field parts? table[] in place of content
---@field tool_calls? LLMToolCall[] of an assistant
---@field tool_call_id? string the call that a message of the role tool answers
---@field name? string the tool that answers
---@field is_error? boolean

---What a call may say besides its prompt. Parameters that it does not name are those of the session, then those of the
---provider.
---@class LLMOptions
---@field messages? (LLMMessage|string)[] in place of the history of a session
---@field system? string in place of the system prompt
---@field model? string its name, or "provider/model"
---@field provider? string|ProviderChoice
---@field fallback? string[] providers, "provider/model" or models to ask in turn when the first one fails
---@field temperature? number
---@field max_tokens? integer tokens of the answer
---@field stop? string|string[] texts that end the answer
---@field tools? (string|LLMTool)[] names of tools, and definitions of others
---@field tool_choice? "auto"|"required"|"none"|{ name: string }
---@field schema? table a JSON Schema: the answer is data that fits it, see `LLMResponse.data`
---@field on_overflow? "error"|"truncate"|"compact" what becomes of a conversation that outgrows the model's window
---@field on_token? fun(token: string, about: LLMTokenInfo) told of the answer as it comes
---@field timeout? number seconds without a sign of the server
---@field variables? table<string, string|number|boolean> what stands for `{{name}}` in the prompt
---@field max_retries? integer tries after the first one
---@field api_key? SecretHandle takes the place of the provider's key
---@field provider_config? table<string, any> parameters once more; others are fields of the provider's own request
---@field extra? table<string, any> fields of the provider's own request

---@class LLMRequest: LLMOptions
---@field prompt? LLMContent|Prompt what the user says, behind `messages`

---@class LLMTool
---@field name string
---@field description? string
---@field parameters? table a JSON Schema of the arguments

---@class LLMToolCall
---@field id string
---@field name string
---@field arguments table
---@field malformed? string what the model wrote when it was not JSON

---@class LLMTokenInfo
---@field type "text"|"restart"
---@field restart? boolean what came before is void: the process that read it is gone, or it did not fit the schema

---@class LLMUsage
---@field input_tokens integer
---@field output_tokens integer
---@field total_tokens integer
---@field cached_tokens? integer of the input
---@field cache_write_tokens? integer of the input
---@field reasoning_tokens? integer of the output
---@field cost_usd? number nil when a price is not known

---@class LLMResponse
---@field success boolean true: what goes wrong raises an error
---@field text string
---@field content string the same
---@field message LLMMessage
---@field parts table[]
---@field tool_calls LLMToolCall[]
---@field provider string who answered
---@field model string as its server calls it
---@field model_id string "type:name", such as "openai:gpt-4.1"
---@field finish_reason "stop"|"length"|"tool_calls"|"refusal"|"other"
---@field usage LLMUsage
---@field cost? number USD; nil when a price is not known
---@field id string the server's name for the answer
---@field data? any what the answer says, when a schema was given
---@field repaired? boolean the first answer did not fit the schema
---@field dropped? { messages: integer, tokens: integer } what was left out since the window is too small
---@field session_id? string
---@field message_id? string the answer's in the session
---@field metadata table warnings, failures (attempts before), reasoning, usage_estimated

---Asks a model. Raises `PROVIDER_*`, `MODEL_NOT_FOUND`, `MODEL_UNFIT`, `CONTEXT_OVERFLOW`, `LIMIT_BUDGET`,
---`SCHEMA_MISMATCH`.
---@param request LLMRequest|string a string is the prompt
---@return string text
---@return LLMResponse response
function LLM.generate(request) end

---An answer piece by piece: `for token in LLM.stream{...} do ... end`. A loop that is left breaks the answer off.
---@class LLMStream
---@field response? LLMResponse there after the last piece
---@operator call(): string

---Asks a model and gives its answer as it comes. Raises what `LLM.generate` raises; what goes wrong later raises in the
---loop.
---@param request LLMRequest|string
---@return LLMStream
function LLM.stream(request) end

---@class LLMModel
---@field name string
---@field provider? string the one that is known to serve it
---@field served_by? string a provider of the configuration; nil when none serves it
---@field context_window? integer tokens of prompt and answer
---@field max_output? integer tokens of an answer
---@field vision? boolean
---@field tools? boolean
---@field json? boolean
---@field reasoning? boolean
---@field input_price? number USD per million tokens
---@field output_price? number
---@field cached_input_price? number

---All models that something is known of, those that a configured provider serves first.
---@return LLMModel[]
function LLM.models() end

---The providers of the configuration.
---@return { name: string, type: string, default_model: string?, is_default: boolean }[]
function LLM.providers() end

---What is known of a model, by default of the one that calls ask which name none; nil when nothing is.
---@param model? string
---@return LLMModel?
function LLM.capabilities(model) end

---Whether a model meets requirements: a boolean asks for an ability (`vision`, `tools`, `json`, `reasoning`), a number
---for at least so much (`max_context_tokens`, `max_output_tokens`), of prices for at most so much (`input_price`).
---@param requirements table<string, boolean|number>
---@param which? { model?: string, provider?: string } the one that calls ask which name none, when absent
---@return boolean ok
---@return string[] reasons what is missing
function LLM.validateForTask(requirements, which) end

---The cheapest model of the configured providers that meets requirements; nil when there is none.
---@param requirements table<string, boolean|number>
---@return string? model
---@return string? provider
function LLM.select(requirements) end

---Tells what a model can do. It fills in what is not known of it: what the configuration says holds.
---@param name string
---@param facts LLMModel
---@return true
---@overload fun(facts: LLMModel): true
function LLM.registerModel(name, facts) end

---A provider and a model together: `interface:generate("...")`. `Session.create{provider=interface}` takes it, too.
---@class LLMInterface
---@field provider string
---@field model string
---@field generate fun(self: LLMInterface, request: LLMRequest|LLMContent, options?: LLMOptions): string, LLMResponse
---@field stream fun(self: LLMInterface, request: LLMRequest|LLMContent, options?: LLMOptions): LLMStream
---@field capabilities fun(self: LLMInterface): LLMModel?
---@field validateForTask fun(self: LLMInterface, requirements: table<string, boolean|number>): boolean, string[]

---An interface; what is not named is that of the configuration. Raises `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND`.
---@param choice? { model?: string, model_name?: string, provider?: string }
---@return LLMInterface
function LLM.interface(choice) end

---An interface of a provider. Raises `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND`.
---@param provider string
---@param choice? { model?: string, model_name?: string }
---@return LLMInterface
function LLM.create(provider, choice) end

---The types of providers, by the names that other libraries give them.
---@type table<string, string>
LLM.ModelType = {}

---The prompts of a folder, by their names: files of the endings md, txt and prompt, each with the text of a prompt
---behind its front matter. `Session.generate`, `Session.executePrompt` and their like take them, with
---`{ variables = { city = "Bern" } }` in place of `{{city}}`. The folder is the script's own, one below it, or one that
---`file_read_roots` opens. What was read is recorded. Raises `FILE_NOT_FOUND`, `POLICY_DENIED`, and `CONFIG` with file
---and line.
---@param folder string
---@return table<string, Prompt>
function LLM.loadPrompts(folder) end

LLM.parallel = parallel
LLM.load_prompts = LLM.loadPrompts
LLM.getInterface = LLM.interface
LLM.get_interface = LLM.interface
LLM.register_model = LLM.registerModel
LLM.validate_for_task = LLM.validateForTask
