/** Runtime as programs open it: from a configuration file, from options, or from nothing at all. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '../../config/process-environment.js';
import { SpellError } from '../../runtime/base/errors.js';
import type { Redact } from '../../runtime/base/redactor.js';
import type { Authorize } from '../../runtime/host/access.js';
import { Runtime as RuntimeCore } from '../../runtime/index.js';
import type { PromptLoader } from '../../runtime/prompt-loader.js';
import type { ModelRegistry } from '../../runtime/provider/model-registry.js';
import type { Provider } from '../../runtime/provider/provider.js';
import { LOG_LEVELS, type Logger } from '../../runtime/run/log-entry.js';
import type { Run } from '../../runtime/run/run.js';
import { readScript, scriptFromSource } from '../../runtime/run/script.js';
import type { RunOptions } from '../../runtime/run-options.js';
import type { RuntimeParts } from '../../runtime/runtime-parts.js';
import type { Backend as StorageBackend } from '../../runtime/storage/storage.js';
import type { Tool } from '../../runtime/tool/tool.js';
import { composeRuntime } from './compose.js';
import { configFor, type LoadConfigOptions } from './load-config.js';

export interface OpenOptions extends LoadConfigOptions {
  /**
   * Opens a storage of the program's own, in place of `storage`. The runtime closes it, records runs in it, and finds
   * in it what an earlier one has left.
   */
  readonly backend?: () => Promise<StorageBackend>;
  /** Tools besides the built-in ones. */
  readonly tools?: readonly Tool[];
  /** Providers of models besides those of the configuration, by name; they come first. */
  readonly providers?: Readonly<Record<string, Provider>>;
  /** What the program knows of models, over what this package knows of them. */
  readonly registry?: ModelRegistry;
  /** Hears what scripts log, and what a user should know of the runtime itself: `console`, or any like it. */
  readonly logger?: Logger;
  /** Where prompts are from in place of files: asked by `LLM.loadPrompts` of scripts and by `llm.loadPrompts`. */
  readonly promptLoader?: PromptLoader;
  /**
   * Who acts when a call names nobody: the signed-in user of a desktop program, the name of a service. It is recorded
   * with every run.
   */
  readonly actor?: string;
  /**
   * Decides whether a call may be made: asked before a script, or the program through `sessions`, `artifacts` and
   * `tools`, reads or changes sessions, artifacts and values of `State`, or executes a tool. What it does not answer
   * with `true` is refused with `POLICY_DENIED`; scripts can catch that. Replays ask nobody: the record has the answer.
   */
  readonly authorize?: Authorize;
  /**
   * Answers what is kept in place of text and bytes: of artifacts, sessions, values of `State` and everything that is
   * recorded of runs. What comes from outside goes through it before a script sees it, since a record of the script's
   * memory is kept too; so a replay shows what the script saw. {@link RedactPlace} lists what is covered. What a script
   * says in its own text, and keys and ids, are kept as they are.
   *
   * @example
   * ```ts
   * redact: (data) => (typeof data === 'string' ? data.replaceAll(/\b\d{16}\b/g, '[card]') : data)
   * ```
   */
  readonly redact?: Redact;
  /**
   * The most bytes of contents to keep in memory, those that were read last; 16 MB when absent, 0 for none. A content
   * above a quarter of it is not kept.
   */
  readonly cacheBytes?: number;
}

/**
 * What fails nothing and should be known. Without a logger it is a warning of Node's own kind: programs listen to these
 * or silence them.
 */
function warner(logger: Logger | undefined): (text: string) => void {
  if (logger !== undefined) return (text) => logger.warn(text);
  return (text) => process.emitWarning(text, 'LlmspellWarning');
}

export class Runtime extends RuntimeCore {
  /**
   * Opens a runtime, or one of a class that extends it. Any number of them may be open in one process.
   *
   * @throws SpellError `CONFIG`, and `STORAGE_*` when the data cannot be opened.
   */
  static async open<T extends Runtime>(
    this: new (
      parts: RuntimeParts,
    ) => T,
    options: OpenOptions = {},
  ): Promise<T> {
    const cwd = resolve(options.cwd ?? process.cwd());
    const environment = processEnvironment();
    const { actor, cacheBytes, providers, registry, logger, ...rest } = options;
    const { authorize, redact, promptLoader, backend } = rest;
    const functions = { authorize, redact, promptLoader, backend };
    const ownProviders = Object.keys(providers ?? {});
    const loaded = await configFor({ discover: false, ...options }, ownProviders);
    checkCacheBytes(cacheBytes);
    checkFunctions(functions);
    checkLogger(logger);
    const warn = warner(logger);
    const program = { ...functions, actor, cacheBytes, providers, registry, logger, warn };
    loaded.warnings.forEach(warn);
    const parts = composeRuntime(loaded, environment, cwd, program);
    const runtime = new this(parts);
    for (const tool of options.tools ?? []) runtime.tools.register(tool);
    if (parts.isDurable) await runtime.openStorage();
    return runtime;
  }

  /**
   * Runs a script file. Iterate over the run for its events, await it for its outcome.
   *
   * @example
   * ```ts
   * const run = runtime.run('report.lua', { args: ['2026'] });
   * for await (const event of run) if (event.type === 'stdout') console.log(event.text);
   * const { value } = await run;
   * ```
   */
  run(file: string | URL, options: RunOptions = {}): Run {
    const path = file instanceof URL ? fileURLToPath(file) : file;
    return this.startRun(path, () => readScript(path), options);
  }

  /** Runs Lua code from a string. */
  eval(code: string, options: RunOptions & { readonly name?: string } = {}): Run {
    const { name = 'eval', ...rest } = options;
    const names = { name, chunkName: `=${name}`, folder: process.cwd() };
    return this.startRun(name, async () => scriptFromSource(Buffer.from(code), names), rest);
  }

  /**
   * Calls a function that scripts have, such as `Session.generate`, as a run of its own: recorded, and gone on with
   * after a crash. Arguments and results are plain data; several results are an array. Functions among the arguments
   * are called back, with what they answer on record: a replay calls none of them, and a process that goes on with the
   * run after a crash has none (`FUNCTION_NOT_FOUND`).
   *
   * @param path The function's name in Lua.
   * @throws SpellError `BAD_ARGUMENT` for a name that none can have, and for arguments that are no data.
   *
   * @example
   * ```ts
   * const { value } = await runtime.call('Session.generate', [session.id, 'Hello']);
   * ```
   */
  call(path: string, args: readonly unknown[] = [], options: RunOptions = {}): Run {
    return this.services.calls.call(path, args, options);
  }
}

/** @throws SpellError `BAD_ARGUMENT` */
function checkFunctions(options: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || typeof value === 'function') continue;
    throw new SpellError('BAD_ARGUMENT', `bad value for '${key}': it is a ${typeof value}`, {
      hint: 'Give a function.',
      key,
    });
  }
}

/** @throws SpellError `BAD_ARGUMENT` */
function checkLogger(logger: Logger | undefined): void {
  const missing = LOG_LEVELS.find((level) => logger && typeof logger[level] !== 'function');
  if (missing === undefined) return;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'logger': it has no function ${missing}`, {
    hint: 'Give console, or { debug, info, warn, error }.',
    key: 'logger',
  });
}

/** @throws SpellError `BAD_ARGUMENT` */
function checkCacheBytes(cacheBytes: number | undefined): void {
  if (cacheBytes === undefined || (Number.isSafeInteger(cacheBytes) && cacheBytes >= 0)) return;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'cacheBytes': ${cacheBytes}`, {
    hint: 'Give a number of bytes; 0 keeps nothing.',
    key: 'cacheBytes',
  });
}
