/** Runtime is the host object: configuration, storage, tools, and the runs on top. Nothing lives outside of it. */
import type { Config } from '../config/config.js';
import { actorOr } from './actor.js';
import type { ArtifactApi, ArtifactTotals } from './artifact-api.js';
import { runtimeClosed, SpellError } from './base/errors.js';
import { type IdSource, uuidSource } from './base/ids.js';
import { redactorOf } from './base/redactor.js';
import { Secrets } from './base/secret.js';
import { fromPlain, type Value, type ValueKey, type ValueMap } from './base/value.js';
import type { ContentStats } from './content/content-stats.js';
import { onThisThread } from './engine/engine.js';
import type { CallRules } from './host/guarded-operation.js';
import { type OperationTime, OperationTimes } from './host/operation-times.js';
import { NO_USAGE } from './host/usage.js';
import type { RunParts } from './kept-run.js';
import type { LlmApi } from './llm-api.js';
import { openMachine } from './open-machine.js';
import { ProgramAccess } from './program-access.js';
import { ProgramApis } from './program-apis.js';
import { ProgramCalls, type StartParts } from './program-calls.js';
import type { LanguageModels } from './provider/language-models.js';
import { Respondents } from './respondents.js';
import { buildDigest } from './run/build-digest.js';
import { ForgetfulKeeper } from './run/forgetful-keeper.js';
import type { GlobalsFactory } from './run/globals.js';
import { JournalKeeper } from './run/journal-keeper.js';
import type { LogEntry } from './run/log-entry.js';
import { type Program, programOf } from './run/program.js';
import { NO_FUNCTIONS, type ProgramFunctions } from './run/program-functions.js';
import { Run } from './run/run.js';
import type { RunKeeper } from './run/run-keeper.js';
import type { NewRun } from './run/run-record.js';
import type { Script } from './run/script.js';
import { VmSlots } from './run/vm-slots.js';
import { RunApi } from './run-api.js';
import type { RunArchive } from './run-archive.js';
import { type RunOptions, refuseDetached } from './run-options.js';
import type { RuntimeParts } from './runtime-parts.js';
import type { Services, Stores } from './services.js';
import type { SessionStats } from './session/session-store.js';
import type { SessionApi } from './session-api.js';
import { SessionFork } from './session-fork.js';
import { SessionReplay } from './session-replay.js';
import { SessionRuns } from './session-runs.js';
import { SessionStory } from './session-story.js';
import type { Backend } from './storage/storage.js';
import { openStores } from './stores.js';
import { ToolLimits } from './tool/tool-limits.js';
import { ToolPolicy } from './tool/tool-policy.js';
import { ToolApi } from './tool-api.js';

/** RuntimeStats is what a runtime and its storage hold at one moment. */
export interface RuntimeStats {
  readonly sessions: SessionStats;
  readonly artifacts: ArtifactTotals;
  readonly contents: ContentStats;
  /** By operation, such as `artifact.store`; calls that a record answered do not count. */
  readonly operations: Readonly<Record<string, OperationTime>>;
}

export class Runtime {
  readonly config: Config;
  readonly tools: ToolApi;
  readonly #parts: RuntimeParts;
  readonly #services: Services;
  readonly #programs: ProgramApis;
  readonly #ids: IdSource;
  readonly #globals: GlobalsFactory;
  readonly #runs = new Set<Run>();
  /** Those of them that are kept. */
  readonly #executed = new Set<Run>();
  readonly #actor: string | null;
  readonly #slots: VmSlots;
  readonly #rules: CallRules;
  readonly #variables = new Map<ValueKey, Value>();
  #runApi: RunApi | undefined;
  #backend: Promise<Backend> | undefined;
  #build: Promise<string> | undefined;
  #closed = false;

  constructor(parts: RuntimeParts) {
    const { config, clock, random, cacheBytes } = parts;
    this.#parts = parts;
    this.config = config;
    this.#actor = actorOr(null, parts.actor);
    this.#slots = new VmSlots(config.lua.maxLiveVms, () => clock.monotonic());
    this.#ids = uuidSource(clock, random);
    const secrets = new Secrets((name) => parts.environment[name], config.security.secrets);
    const redactor = redactorOf(secrets, parts.redact);
    const toolPolicy = new ToolPolicy(config.security);
    const toolLimits = new ToolLimits(config.tools.named, clock);
    const opened = openMachine(parts, secrets, this.#ids);
    const access = new ProgramAccess(parts.authorize, this.#actor);
    const calls = { clock, ids: this.#ids, policy: toolPolicy, secrets, access };
    this.tools = new ToolApi(
      parts.tools,
      { ...calls, machine: opened.machine, limits: toolLimits },
      parts.toolSources?.(secrets),
    );
    this.#rules = {
      clock,
      authorize: parts.authorize,
      redactor,
      times: new OperationTimes(),
    };
    let stores: Promise<Stores> | undefined;
    let openStore: Stores | undefined;
    let models: Promise<LanguageModels> | undefined;
    const sessionRuns = () => new SessionRuns(() => this.#services.stores());
    this.#services = {
      config,
      clock,
      random,
      ids: this.#ids,
      tools: this.tools,
      toolPolicy,
      access,
      calls: new ProgramCalls((...given) => this.#start(...given), parts.cwd),
      files: opened.files,
      machine: opened.machine,
      toolLimits,
      cwd: parts.cwd,
      environment: opened.environment,
      secrets,
      models: () => {
        models ??= parts.openModels(secrets);
        return models;
      },
      times: this.#rules.times,
      promptLoader: parts.promptLoader,
      stores: () => {
        stores ??= openStores(() => this.#openBackend(), {
          config,
          clock,
          ids: this.#ids,
          redactor,
          cacheBytes,
        }).then((made) => {
          openStore = made;
          return made;
        });
        return stores;
      },
      openedStores: () => openStore,
      respondents: new Respondents(
        () => this.#services.stores(),
        this.#actor,
        () => openStore,
      ),
      sessionRuns,
      replaySession: () =>
        new SessionReplay(this.#services.stores, sessionRuns(), this.runs, clock),
      forkSession: () => new SessionFork(this.#services.stores, sessionRuns(), this.runs),
      transfer: async () => {
        const { SessionTransfer } = await import('./session-transfer.js');
        return new SessionTransfer({ stores: this.#services.stores, clock, ids: this.#ids });
      },
      story: () => new SessionStory(this.#services.stores, sessionRuns(), this.runs),
    };
    this.#programs = new ProgramApis(this.#services);
    this.#globals = parts.globals(this.#services);
  }

  get sessions(): SessionApi {
    return this.#programs.sessions;
  }

  get artifacts(): ArtifactApi {
    return this.#programs.artifacts;
  }

  /** Language models: which there are, what they can do, and asking them. */
  get llm(): LlmApi {
    return this.#programs.llm;
  }

  /** Runs that are kept: listed, gone on with, replayed. */
  get runs(): RunApi {
    this.#runApi ??= new RunApi({
      parts: () => this.#keeperParts(),
      nextId: () => this.#ids.next(),
      actor: this.#actor,
      redacted: (given) => this.#redacted(given),
      copyStores: async () => {
        const { sessions, artifacts, contents } = await this.#services.stores();
        return { sessions, artifacts, contents, nextId: () => this.#ids.next() };
      },
      executed: (id) => [...this.#executed].filter((run) => run.id === id),
      launch: (id, program, keeper, options) => this.#launch(id, id, program, keeper, options),
    });
    return this.#runApi;
  }

  /** Kept runs as a whole: verified, exported and imported, removed when they are old. */
  get archive(): RunArchive {
    return this.#programs.archive;
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
    return this.#start(name, script, options, { functions: NO_FUNCTIONS, keeps: true });
  }

  #start(
    name: string,
    script: () => Promise<Script>,
    options: RunOptions,
    { functions, keeps }: StartParts,
  ): Run {
    const { random, config } = this.#parts;
    const seed = Buffer.from(random.bytes(16));
    const run: NewRun = {
      id: this.#ids.next(),
      script: name,
      args: this.#redacted(options.args ?? []),
      actor: actorOr(this.#actor, options.actor),
      parentRun: null,
      parentSeq: null,
      ids: new Map(),
      override: null,
      generation: 0,
      seed: [String(seed.readBigInt64LE(0)), String(seed.readBigInt64LE(8))],
      currentSession: options.sessionId ?? this.#programs.currentSession ?? null,
      memoryLimitBytes: options.memoryLimitBytes ?? config.lua.memoryLimitBytes,
      variables: this.#redacted(this.#variablesWith(options.variables)),
    };
    const isKept = keeps && config.durability.enabled && this.#parts.isDurable;
    if (!isKept) refuseDetached(options);
    const keeper = isKept
      ? new JournalKeeper(() => this.#keeperParts(), run, this.#ids.next())
      : new ForgetfulKeeper(
          () => this.#openBackend(),
          () => this.#services.respondents.forget(run.id),
        );
    const program = async () => {
      if (isKept) await this.archive.keepRetention();
      return programOf(run, await script());
    };
    return this.#launch(run.id, name, program, keeper, options, functions);
  }

  #launch(
    id: string,
    name: string,
    program: () => Promise<Program>,
    keeper: RunKeeper,
    options: RunOptions,
    functions: ProgramFunctions = NO_FUNCTIONS,
  ): Run {
    this.#refuseWhenClosed();
    const { config, clock, engine, vms = onThisThread(engine) } = this.#parts;
    const launched = new Run({
      id,
      name,
      program,
      vms,
      clock,
      keeper,
      slots: this.#slots,
      globals: this.#globals,
      sessionsEnabled: config.sessions.enabled,
      rules: this.#rules,
      timeoutMs: options.timeoutMs ?? config.lua.timeoutMs,
      maxOutputBytes: config.lua.maxOutputBytes,
      usedBefore: options.usedBefore ?? NO_USAGE,
      signal: options.signal,
      detach: options.detach ?? false,
      interruptOnSigint: options.interruptOnSigint ?? false,
      write: options.onOutput ?? (() => {}),
      log: (entry) => this.#log(entry),
      read: options.readInput ?? (async () => undefined),
      functions,
    });
    this.#services.respondents.attach(id, options.onQuestion, launched.outcome);
    this.#runs.add(launched);
    if (keeper.isKept === true) this.#executed.add(launched);
    launched.outcome.then(() => {
      this.#runs.delete(launched);
      this.#executed.delete(launched);
    });
    return launched;
  }

  /** What goes wrong in the program's logger is no matter of the script. */
  #log({ level, message, fields }: LogEntry): void {
    try {
      this.#parts.logger?.[level](message, ...(fields === undefined ? [] : [fields]));
    } catch {}
  }

  async #keeperParts(): Promise<RunParts> {
    const stores = await this.#services.stores();
    const { clock, config } = this.#parts;
    const { durability } = config;
    return {
      ...stores,
      clock,
      onUnknown: durability.onUnknown,
      policy: {
        everyEntries: durability.snapshotEveryEntries,
        everyMs: durability.snapshotEveryMs,
        beforeWaitMs: durability.snapshotBeforeWaitMs,
        keep: durability.keepSnapshots,
      },
      build: () => {
        this.#build ??= buildDigest(this.#parts.engine, this.#globals);
        return this.#build;
      },
    };
  }

  /**
   * Sets a global variable for the runs that start from now on.
   *
   * @param value Plain data; functions and class instances are refused.
   */
  setGlobal(name: string, value: unknown): void {
    this.#variables.set(name, fromPlain(value));
  }

  /** Counts of what there is, and how long the calls of scripts took since the runtime was opened. */
  async stats(): Promise<RuntimeStats> {
    const { countContents } = await import('./content/content-stats.js');
    const { backend } = await this.#services.stores();
    return {
      sessions: await this.sessions.stats(),
      artifacts: await this.artifacts.stats(),
      contents: await countContents(backend),
      operations: this.#rules.times.toObject(),
    };
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
    await this.tools.closeSources();
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
    if (this.#closed) throw runtimeClosed();
  }

  /** What comes in for scripts, without what must not be stored. */
  #redacted<T>(given: T): T {
    const { redactor } = this.#rules;
    return redactor === undefined ? given : redactor.value(given, 'input');
  }

  #variablesWith(own: Readonly<Record<string, unknown>> = {}): ValueMap {
    const variables = new Map(this.#variables);
    for (const [name, value] of Object.entries(own)) variables.set(name, fromPlain(value));
    return variables;
  }
}
