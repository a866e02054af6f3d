/** OrchestrationApi is several models behind one call: one on this machine while it has room, else one elsewhere. */
import { type AskOptions, askFields, type ProviderOption } from './ask-options.js';
import { SpellError } from './base/errors.js';
import type { SecretHandle } from './base/secret.js';
import type { PlainValue } from './base/value.js';
import { type ResponseUsage, type UsageTable, usageFrom } from './generate-response.js';
import { ResponseStream } from './response-stream.js';
import type { Services } from './services.js';

/** The types of providers, by the names that other libraries give them. */
export const ModelType = {
  OPENAI: 'openai',
  ANTHROPIC: 'anthropic',
  CLAUDE: 'anthropic',
  OLLAMA: 'ollama',
  LLAMACPP: 'llamacpp',
  VLLM: 'vllm',
  OPENROUTER: 'openrouter',
  SCRIPTED: 'scripted',
} as const;

export interface HookedModel {
  /** The type or the name of a provider of the configuration; see {@link ModelType}. */
  readonly type: string;
  /** The model. */
  readonly name: string;
  /** Where it counts as; by default its provider's address tells. */
  readonly location?: 'local' | 'cloud';
  /** A handle, or the name of a variable. */
  readonly apiKey?: SecretHandle | string;
}

export interface ResourceLimits {
  /** Percent of all processors; 80 when absent. */
  readonly cpuMax?: number;
  /** Percent; 85 when absent. */
  readonly memoryMax?: number;
  /** Percent, the mean of all graphics processors; 85 when absent. */
  readonly gpuMax?: number;
}

export interface ConnectivityLimits {
  /** Milliseconds until there is a connection; 200 when absent. */
  readonly latencyThreshold?: number;
  /** Percent of connections that fail; 10 when absent. */
  readonly packetLossThreshold?: number;
  /** Millions of bits in a second, at least; 5 when absent. */
  readonly bandwidthThreshold?: number;
}

/** An agent that looks at the machine or its network before each call. */
export type Monitor =
  | { readonly kind: 'resource'; readonly limits: ResourceLimits }
  | { readonly kind: 'connectivity'; readonly limits: ConnectivityLimits };

export const monitors = {
  resource: (limits: ResourceLimits = {}): Monitor => ({ kind: 'resource', limits }),
  connectivity: (limits: ConnectivityLimits = {}): Monitor => ({ kind: 'connectivity', limits }),
};

export interface ResourceCheck {
  readonly state: 'available' | 'constrained';
  readonly cpuPercent: number;
  readonly memoryPercent: number;
  /** `null` where nothing tells, and then it speaks against nothing: NVIDIA's and AMD's drivers on Linux do. */
  readonly gpuPercent: number | null;
}

export interface ConnectivityCheck {
  /** `unknown` while no model elsewhere is hooked. */
  readonly state: 'optimal' | 'degraded' | 'disconnected' | 'unknown';
  /** The one that was reached best. */
  readonly provider: string | null;
  readonly latencyMs: number | null;
  readonly packetLoss: number | null;
  /**
   * Of a download from `probe_url` in `[runtime.llm]`, at most a minute old, in millions of bits in a second; `null`
   * speaks against nothing.
   */
  readonly bandwidthMbps: number | null;
  /** Why there is no reading of it. */
  readonly bandwidthProblem: string | null;
}

/** What agents see; `null` for one that is not hooked. */
export interface AgentChecks {
  readonly resource: ResourceCheck | null;
  readonly connectivity: ConnectivityCheck | null;
}

export interface RoutingDecision {
  readonly target: 'local' | 'cloud' | 'named' | 'default';
  readonly reason: string;
  readonly provider: string | null;
  readonly model: string | null;
}

/** Where a chat reads its lines from, and where it writes to. */
export interface ChatIo {
  /** The next line; `undefined` or `null` ends the chat. */
  readonly input: () => string | null | undefined | Promise<string | null | undefined>;
  readonly output?: (text: string) => void;
}

export interface ExecuteRequest
  extends Pick<
    AskOptions,
    'temperature' | 'maxTokens' | 'stop' | 'system' | 'schema' | 'tools' | 'timeoutMs' | 'signal'
  > {
  /** May be missing in a chat. */
  readonly prompt?: string;
  /** Goes on with this session; the current one when absent, and none when there is none. */
  readonly sessionId?: string;
  /** This one, whatever is hooked. */
  readonly model?: string;
  readonly provider?: ProviderOption;
  readonly apiKey?: SecretHandle;
  /** Gets the pieces of the answer. */
  readonly onToken?: (token: string) => void | Promise<void>;
  /** Talks on until `exit`, by way of `io`; `/list` and `/load ID` change the session. */
  readonly chat?: boolean;
  readonly io?: ChatIo;
  /** Of the session that a chat starts. */
  readonly title?: string;
}

/** What was answered, by whom, and why by that one. As a text it is the answer. */
export interface ExecuteResult {
  readonly response: string | null;
  readonly sessionId: string | null;
  /** `type:model` */
  readonly modelId: string | null;
  readonly routingDecision: RoutingDecision | null;
  readonly agentChecks: AgentChecks;
  readonly usage: ResponseUsage | null;
  /** USD */
  readonly cost: number | null;
  /** Milliseconds. */
  readonly latencyMs: number | null;
  toString(): string;
}

/** Hooks what the program has hooked: in a script it belongs to the run. */
const HOOK = `for i = 1, #given.a1 do LLM.hookModel(given.a1[i]) end
for kind, limits in pairs(given.a2) do LLM.hookAgent(kind, limits) end
`;

export class OrchestrationApi {
  #models: HookedModel[] = [];
  readonly #agents = new Map<Monitor['kind'], Monitor>();

  constructor(protected readonly services: Services) {}

  /**
   * Makes a model one that {@link execute} may choose.
   *
   * @throws SpellError `PROVIDER_NOT_FOUND`, `BAD_ARGUMENT`
   */
  async hookModel(model: HookedModel): Promise<true> {
    await this.services.calls.read('LLM.hookModel', [modelFields(model)]);
    this.#models.push(model);
    return true;
  }

  /**
   * Makes an agent look at the machine or its network before each call: `monitors.resource()`,
   * `monitors.connectivity()`.
   *
   * @throws SpellError `BAD_ARGUMENT`
   */
  async hookAgent(agent: Monitor): Promise<true> {
    await this.services.calls.read('LLM.hookAgent', [agent.kind, agentFields(agent)]);
    this.#agents.set(agent.kind, agent);
    return true;
  }

  /** What the agents that are hooked see now: real readings and connections. */
  async checkAgents(): Promise<AgentChecks> {
    const { calls } = this.services;
    const code = `${HOOK}return LLM.checkAgents()`;
    const [checks] = await calls.resultsOf('LLM.checkAgents', code, this.#hooked(), {}, false);
    return checksFrom(checks);
  }

  /**
   * Asks the model that suits the moment and says which that was, and why; it is recorded where runs are.
   *
   * @throws SpellError what `sessions.generate` throws
   *
   * @example
   * ```ts
   * await runtime.llm.hookModel({ type: ModelType.OLLAMA, name: 'llama3.2' });
   * await runtime.llm.hookModel({ type: ModelType.OPENAI, name: 'gpt-4.1-mini' });
   * await runtime.llm.hookAgent(monitors.resource({ cpuMax: 70 }));
   * const { response, routingDecision } = await runtime.llm.execute('Hello');
   * ```
   */
  async execute(request: ExecuteRequest | string): Promise<ExecuteResult> {
    const fields = typeof request === 'string' ? { prompt: request } : request;
    const { sessionId: session, chat = false, io, signal } = fields;
    await this.services.access.require('llm.execute', 'execute', { session });
    if (chat && io === undefined) {
      throw new SpellError('BAD_ARGUMENT', "bad value for 'io': a chat needs one", {
        hint: 'Give { input: async () => "the next line", output: (text) => show(text) }.',
        key: 'io',
      });
    }
    const code = `${HOOK}return LLM.execute(given.a3)`;
    const args = [...this.#hooked(), this.#request(fields)];
    const onOutput = (_: string, bytes: Uint8Array) => io?.output?.(Buffer.from(bytes).toString());
    const options = { signal, onOutput };
    const [result] = await this.services.calls.resultsOf('LLM.execute', code, args, options);
    return resultFrom(result);
  }

  /**
   * Like {@link execute}, with the answer as it comes; `response()` is the result.
   *
   * @example
   * ```ts
   * const stream = runtime.llm.executeStream({ prompt: 'Hello', sessionId: session.id });
   * for await (const token of stream) process.stdout.write(token);
   * console.log((await stream.response())?.modelId);
   * ```
   */
  executeStream(
    request: Omit<ExecuteRequest, 'onToken' | 'chat' | 'io' | 'title'> | string,
  ): ResponseStream<ExecuteResult> {
    const fields = typeof request === 'string' ? { prompt: request } : request;
    return new ResponseStream(async (tell) => {
      const left = new AbortController();
      const { signal = left.signal } = fields;
      const onToken = async (token: string) => {
        if (!(await tell(token))) left.abort();
      };
      try {
        const either = AbortSignal.any([signal, left.signal]);
        return await this.execute({ ...fields, onToken, signal: either });
      } catch (thrown) {
        if (left.signal.aborted) return undefined;
        throw thrown;
      }
    });
  }

  /** Forgets what was hooked; it may be called any number of times. */
  async shutdown(): Promise<true> {
    this.#models = [];
    this.#agents.clear();
    return true;
  }

  #hooked(): readonly unknown[] {
    const agents = [...this.#agents.values()].map((agent) => [agent.kind, agentFields(agent)]);
    return [this.#models.map(modelFields), Object.fromEntries(agents)];
  }

  #request({ prompt, sessionId, chat, io, title, ...options }: ExecuteRequest): unknown {
    return {
      ...askFields(this.services, options),
      prompt,
      session_id: sessionId,
      chat,
      title,
      input: io && (async () => (await io.input()) ?? undefined),
    };
  }
}

function modelFields({ apiKey, ...model }: HookedModel): Readonly<Record<string, unknown>> {
  return { ...model, api_key: apiKey };
}

function agentFields({ limits }: Monitor): Readonly<Record<string, unknown>> {
  const entries = Object.entries(limits).map(([name, limit]) => [snakeCase(name), limit]);
  return Object.fromEntries(entries);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

interface ChecksTable {
  readonly resource?: {
    readonly state: ResourceCheck['state'];
    readonly cpu_percent: number;
    readonly memory_percent: number;
    readonly gpu_percent?: number;
  };
  readonly connectivity?: {
    readonly state: ConnectivityCheck['state'];
    readonly provider?: string;
    readonly latency_ms?: number;
    readonly packet_loss?: number;
    readonly bandwidth_mbps?: number;
    readonly bandwidth_problem?: string;
  };
}

function checksFrom(given: PlainValue): AgentChecks {
  const { resource, connectivity } = (given ?? {}) as ChecksTable;
  return {
    resource: resource
      ? {
          state: resource.state,
          cpuPercent: resource.cpu_percent,
          memoryPercent: resource.memory_percent,
          gpuPercent: resource.gpu_percent ?? null,
        }
      : null,
    connectivity: connectivity
      ? {
          state: connectivity.state,
          provider: connectivity.provider ?? null,
          latencyMs: connectivity.latency_ms ?? null,
          packetLoss: connectivity.packet_loss ?? null,
          bandwidthMbps: connectivity.bandwidth_mbps ?? null,
          bandwidthProblem: connectivity.bandwidth_problem ?? null,
        }
      : null,
  };
}

interface ResultTable {
  readonly response?: string;
  readonly session_id?: string;
  readonly model_id?: string;
  readonly routing_decision?: Pick<RoutingDecision, 'target' | 'reason'> & Partial<RoutingDecision>;
  readonly agent_checks?: PlainValue;
  readonly usage?: UsageTable;
  readonly cost?: number;
  readonly metrics?: { readonly total_latency: number };
}

function resultFrom(given: PlainValue): ExecuteResult {
  const table = given as unknown as ResultTable;
  const { routing_decision: decision } = table;
  return {
    response: table.response ?? null,
    sessionId: table.session_id ?? null,
    modelId: table.model_id ?? null,
    routingDecision: decision
      ? { ...decision, provider: decision.provider ?? null, model: decision.model ?? null }
      : null,
    agentChecks: checksFrom(table.agent_checks),
    usage: table.usage === undefined ? null : usageFrom(table.usage),
    cost: table.cost ?? null,
    latencyMs: table.metrics?.total_latency ?? null,
    toString: () => table.response ?? '',
  };
}
