/** Runtime is the host object: configuration, storage, tools, and the runs on top. Nothing lives outside of it. */
import type { Config } from '../config/config.js';
import { ArtifactApi } from './artifact-api.js';
import type { Clock } from './base/clock.js';
import { SpellError } from './base/errors.js';
import { type IdSource, uuidSource } from './base/ids.js';
import type { Random } from './base/random.js';
import { fromPlain, type Value } from './base/value.js';
import type { Engine } from './engine/engine.js';
import { liveAnswers } from './host/live-answers.js';
import type { GlobalsFactory } from './run/globals.js';
import { Run } from './run/run.js';
import type { Script } from './run/script.js';
import type { Services } from './services.js';
import { SessionApi } from './session-api.js';
import type { Backend } from './storage/storage.js';
import { openStores } from './stores.js';
import { FilePolicy } from './tool/file-policy.js';
import { ToolRegistry } from './tool/registry.js';
import type { Tool } from './tool/tool.js';
import { ToolPolicy } from './tool/tool-policy.js';

/** RuntimeParts is what the composition decides: which adapters stand behind which port. */
export interface RuntimeParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: Engine;
  readonly tools: readonly Tool[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of scripts start. */
  readonly cwd: string;
  readonly openBackend: () => Promise<Backend>;
  readonly globals: (services: Services) => GlobalsFactory;
}

/** RunOptions are what a caller may say about one run. */
export interface RunOptions {
  readonly args?: readonly string[];
  /** Aborting it ends the run with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the run may take; also stops a busy loop. */
  readonly timeoutMs?: number;
  readonly memoryLimitBytes?: number;
  /** The session that the run starts with as its current one. */
  readonly sessionId?: string;
  /** Global variables that the script finds. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Takes output at once, besides the events. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** The script's standard input, piece by piece; `undefined` ends it. Empty when absent. */
  readonly readInput?: () => Promise<Uint8Array | undefined>;
  /** Lets SIGINT break off a busy loop, whatever handlers the program has; for command lines. */
  readonly interruptOnSigint?: boolean;
}

export class Runtime {
  readonly config: Config;
  readonly sessions: SessionApi;
  readonly artifacts: ArtifactApi;
  readonly tools: ToolRegistry;
  readonly #parts: RuntimeParts;
  readonly #services: Services;
  readonly #ids: IdSource;
  readonly #globals: GlobalsFactory;
  readonly #runs = new Set<Run>();
  readonly #variables = new Map<string, Value>();
  #backend: Promise<Backend> | undefined;
  #closed = false;

  constructor(parts: RuntimeParts) {
    const { config, clock, random } = parts;
    this.#parts = parts;
    this.config = config;
    this.tools = new ToolRegistry(parts.tools);
    this.#ids = uuidSource(clock, random);
    let stores: ReturnType<typeof openStores> | undefined;
    this.#services = {
      config,
      clock,
      random,
      ids: this.#ids,
      tools: this.tools,
      toolPolicy: new ToolPolicy(config.security),
      files: new FilePolicy({
        readRoots: config.security.fileReadRoots,
        writeRoots: config.security.fileWriteRoots,
      }),
      cwd: parts.cwd,
      environment: pick(parts.environment, config.security.environment),
      stores: () => {
        stores ??= openStores(() => this.#openBackend(), { config, clock, ids: this.#ids });
        return stores;
      },
    };
    this.sessions = new SessionApi(this.#services);
    this.artifacts = new ArtifactApi(this.#services);
    this.#globals = parts.globals(this.#services);
  }

  /** What bindings build on; programs use `sessions`, `artifacts` and `tools`. */
  get services(): Services {
    return this.#services;
  }

  /** Opens the storage now, so that what is wrong with it shows before anything runs. */
  async openStorage(): Promise<void> {
    await this.#openBackend();
  }

  /** Runs a script. It starts at once; iterate over the run for its events, await it for its outcome. */
  startRun(name: string, script: () => Promise<Script>, options: RunOptions = {}): Run {
    this.#refuseWhenClosed();
    const { config, clock, random, engine } = this.#parts;
    const seed = Buffer.from(random.bytes(16));
    const run = new Run({
      id: this.#ids.next(),
      engine,
      clock,
      answers: liveAnswers,
      globals: this.#globals,
      backend: () => this.#openBackend(),
      sessionsEnabled: config.sessions.enabled,
      script,
      scriptName: name,
      args: options.args ?? [],
      seed: [seed.readBigInt64LE(0), seed.readBigInt64LE(8)],
      memoryLimitBytes: options.memoryLimitBytes ?? config.lua.memoryLimitBytes,
      timeoutMs: options.timeoutMs ?? config.lua.timeoutMs,
      signal: options.signal,
      interruptOnSigint: options.interruptOnSigint ?? false,
      currentSession: options.sessionId ?? this.sessions.getCurrent(),
      variables: this.#variablesWith(options.variables),
      write: options.onOutput ?? (() => {}),
      read: options.readInput ?? (async () => undefined),
    });
    this.#runs.add(run);
    run.outcome.then(() => this.#runs.delete(run));
    return run;
  }

  /**
   * Sets a global variable for the runs that start from now on.
   *
   * @param value Plain data; functions and class instances are refused.
   */
  setGlobal(name: string, value: unknown): void {
    this.#variables.set(name, fromPlain(value));
  }

  /** Compiles a script without running it. */
  check({ chunk }: Script): SpellError | undefined {
    const vm = this.#parts.engine.createVm({
      memoryLimitBytes: this.config.lua.memoryLimitBytes,
      functions: [],
      preludes: [],
    });
    try {
      return vm.check(chunk);
    } finally {
      vm.dispose();
    }
  }

  /** Aborts what still runs, waits for it, and closes the storage. Later calls throw `RUNTIME_CLOSED`. */
  async close(): Promise<void> {
    this.#closed = true;
    const runs = [...this.#runs];
    for (const run of runs) run.abort(new SpellError('ABORTED', 'the runtime was closed'));
    await Promise.all(runs.map((run) => run.outcome));
    await (await this.#backend)?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #openBackend(): Promise<Backend> {
    this.#refuseWhenClosed();
    this.#backend ??= this.#parts.openBackend();
    return this.#backend;
  }

  #refuseWhenClosed(): void {
    if (!this.#closed) return;
    throw new SpellError('RUNTIME_CLOSED', 'the runtime was closed', {
      hint: 'Open another one with Runtime.open().',
    });
  }

  #variablesWith(own: Readonly<Record<string, unknown>> = {}): Record<string, Value> {
    const variables = Object.fromEntries(this.#variables);
    for (const [name, value] of Object.entries(own)) variables[name] = fromPlain(value);
    return variables;
  }
}

/** The variables that scripts may read. */
function pick(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}
