---@meta

---Several models behind one call: one on this machine while it has room, one elsewhere while it can be reached. What is
---hooked belongs to the script; readings and decisions are recorded, so a replay decides the same.

---@class HookedModel
---@field type string the type or the name of a provider of the configuration; see LLM.ModelType
---@field model_type? string the same
---@field name string the model
---@field model_name? string the same
---@field location? "local"|"cloud" where it counts as; by default its provider's address tells
---@field api_key? Secret|string a handle, or the name of a variable

---@class ResourceLimits
---@field cpu_max? number percent of all processors; 80 when absent
---@field memory_max? number percent; 85 when absent
---@field gpu_max? number percent, the mean of all graphics processors; 85 when absent

---@class ConnectivityLimits
---@field latency_threshold? number milliseconds until there is a connection; 200 when absent
---@field packet_loss_threshold? number percent of connections that fail; 10 when absent
---@field bandwidth_threshold? number millions of bits in a second, at least; 5 when absent

---@class ResourceCheck
---@field state "available"|"constrained"
---@field cpu_percent number
---@field memory_percent number
---@field gpu_percent number? nil where nothing tells: NVIDIA's and AMD's drivers on Linux do

---@class ConnectivityCheck
---@field state "optimal"|"degraded"|"disconnected"|"unknown" unknown while no model elsewhere is hooked
---@field provider string? the one that was reached best
---@field latency_ms number?
---@field packet_loss number?
---@field bandwidth_mbps number? of a download from `probe_url` in `[runtime.llm]`, at most a minute old
---@field bandwidth_problem string? why it is nil

---@class AgentChecks
---@field resource ResourceCheck?
---@field connectivity ConnectivityCheck?

---@class RoutingDecision
---@field target "local"|"cloud"|"named"|"default"
---@field reason string
---@field provider string?
---@field model string?

---@class ExecuteRequest
---@field prompt? string may be missing in a chat
---@field session_id? string goes on with this session; the current one when absent, and none when there is none
---@field model? string this one, whatever is hooked
---@field provider? string
---@field stream? boolean writes the answer to the standard output as it comes; true in a chat unless it says otherwise
---@field on_token? fun(token: string) gets the pieces in place of the standard output
---@field chat? boolean talks on until "exit"; "/list" and "/load ID" change the session
---@field input? fun(): string? what a chat reads its lines from; the standard input when absent
---@field title? string of the session that a chat starts
---@field safe? boolean answers `{error, code}` in place of raising
---@field temperature? number
---@field max_tokens? integer
---@field system? string
---@field schema? table
---@field tools? (string|table)[]

---@class ExecuteResult
---@field response string?
---@field session_id string?
---@field model_id string? "type:model"
---@field routing_decision RoutingDecision
---@field agent_checks AgentChecks
---@field usage table?
---@field cost number? USD
---@field metrics { total_latency: integer, input_tokens: integer?, output_tokens: integer? } in milliseconds and tokens
---@field error string? with `safe`
---@field code string? with `safe`

---Makes a model one that `LLM.execute` may choose. Raises `PROVIDER_NOT_FOUND`, `BAD_ARGUMENT`, and `POLICY_DENIED` for
---an `endpoint`: servers are named in the configuration.
---@param model HookedModel
---@return true
function LLM.hookModel(model) end

---Looks at the machine ("resource") or at the way to the models elsewhere ("connectivity") before each call. A reading
---that is nil speaks against nothing. Raises `BAD_ARGUMENT`.
---@param agent "resource"|"connectivity"
---@param limits? ResourceLimits|ConnectivityLimits
---@return true
function LLM.hookAgent(agent, limits) end

---What the agents that are hooked see now: real readings and connections. Raises `POLICY_DENIED` when `network_hosts`
---does not open the host of `probe_url`.
---@return AgentChecks
function LLM.checkAgents() end

---Asks the model that suits the moment and says which that was, and why. Raises what `Session.generate` raises.
---@param request ExecuteRequest|string
---@return ExecuteResult
function LLM.execute(request) end

---Forgets what was hooked. Nothing else is held open between calls, so it may be called any number of times.
---@return true
function LLM.shutdown() end

LLM.check_agents = LLM.checkAgents
LLM.hook_agent = LLM.hookAgent
LLM.hook_model = LLM.hookModel
