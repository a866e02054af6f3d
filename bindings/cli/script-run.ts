/** Runs a script for the command line: its session, its limits, its output, Ctrl-C, and how it ended. */
import { SpellError } from '../../runtime/base/errors.js';
import type { HostValue, Value } from '../../runtime/base/value.js';
import type { RunOptions } from '../../runtime/index.js';
import type { Run, RunOutcome } from '../../runtime/run/run.js';
import type { Script } from '../../runtime/run/script.js';
import type { Runtime } from '../node/runtime.js';
import { EXIT_INTERRUPTED } from './exit-code.js';
import { CommandFailure, type Invocation, withRuntime } from './invocation.js';
import { type Options, usageError } from './option.js';
import type { Terminal } from './render/terminal.js';

export interface ScriptCall {
  /** What the script is called before it is read. */
  readonly name: string;
  readonly args: readonly string[];
  readonly read: () => Promise<Script>;
  /** Standard input is the script's, not the script itself. */
  readonly readsInput: boolean;
  /** Prints what the script returned, for people. */
  readonly showValues?: (values: readonly Value[]) => void;
}

export async function runScript(invocation: Invocation, call: ScriptCall): Promise<number> {
  const { options, terminal } = invocation;
  const limits = await runLimits(options);
  if (options.flag('jsonl') && terminal.json) {
    throw usageError("option '--jsonl' cannot be used with option '--json'");
  }
  const withVariables = await withEnvironmentFile(invocation);
  return withRuntime(withVariables, async (runtime) => {
    const session = await currentSession(runtime, options);
    const interruption = listenForInterrupts();
    const run = runtime.startRun(call.name, call.read, {
      ...limits,
      ...(session === undefined ? {} : { sessionId: session.id }),
      args: call.args,
      signal: interruption.signal,
      interruptOnSigint: true,
      onOutput: output(terminal, options.flag('jsonl')),
      ...(call.readsInput ? { readInput: standardInput() } : {}),
    });
    if (!terminal.json) terminal.note(`run ${run.id}`);
    if (options.flag('jsonl')) await printEvents(run, terminal);
    const outcome = await run.outcome;
    interruption.stop();
    const created = session?.isNew === true ? [session.id] : [];
    return finish(call, terminal, outcome, created);
  });
}

async function finish(
  call: ScriptCall,
  terminal: Terminal,
  outcome: RunOutcome,
  created: readonly string[],
): Promise<number> {
  const { error, values, usage, exitStatus } = outcome;
  terminal.detail(`${outcome.status} after ${usage.calls} calls`);
  const data = runRecord(outcome, created);
  if (error !== undefined) throw new CommandFailure(error, data);
  await terminal.result(data, () => call.showValues?.(values));
  return exitStatus;
}

/** The run as `--json` shows it. */
function runRecord(outcome: RunOutcome, created: readonly string[]): HostValue {
  const { run, status, sessions, values, usage } = outcome;
  return {
    run,
    status,
    sessions: [...created, ...sessions],
    value: values.length > 1 ? values : (values[0] ?? null),
    usage: {
      calls: usage.calls,
      input_tokens: 0,
      output_tokens: 0,
      cost_usd: null,
      possibly_billed_twice: 0,
    },
  };
}

/** Where the script's output goes: with `--json` standard output is the document's, with `--jsonl` the events'. */
function output(terminal: Terminal, asEvents: boolean): NonNullable<RunOptions['onOutput']> {
  if (asEvents) return () => {};
  if (terminal.json) return (_, bytes) => terminal.err(bytes);
  return (stream, bytes) => (stream === 'stdout' ? terminal.out(bytes) : terminal.err(bytes));
}

async function printEvents(run: Run, terminal: Terminal): Promise<void> {
  for await (const event of run) terminal.out(`${JSON.stringify(event)}\n`);
}

/** The script's standard input; it is opened by the first read. */
function standardInput(): NonNullable<RunOptions['readInput']> {
  let pieces: AsyncIterator<Uint8Array> | undefined;
  return async () => {
    const { inputPieces } = await import('./standard-input.js');
    pieces ??= inputPieces();
    return (await pieces.next()).value;
  };
}

interface CurrentSession {
  readonly id: string;
  readonly isNew: boolean;
}

async function currentSession(
  runtime: Runtime,
  options: Options,
): Promise<CurrentSession | undefined> {
  const given = options.text('session');
  const name = options.text('name');
  const tags = options.texts('tag');
  const describesNew = name !== undefined || tags.length > 0;
  if (given !== undefined && describesNew) {
    throw usageError(
      "option '--session' cannot be used with '--name' or '--tag'",
      '--name and --tag describe a session that is created for the run.',
    );
  }
  if (given === undefined && !describesNew) return undefined;
  if (!runtime.config.sessions.enabled) throw sessionsDisabled();
  if (given !== undefined) return { id: (await runtime.sessions.find(given)).id, isNew: false };
  const created = await runtime.sessions.create({ ...(name === undefined ? {} : { name }), tags });
  return { id: created.id, isNew: true };
}

function sessionsDisabled(): SpellError {
  return new SpellError('SESSIONS_DISABLED', 'sessions are switched off', {
    hint: 'Set enabled = true in [runtime.sessions].',
    key: 'runtime.sessions.enabled',
  });
}

/** Timers of this platform hold no more than 24.8 days. */
const MAX_TIMEOUT_MS = 24 * 86_400_000;

async function runLimits(
  options: Options,
): Promise<Pick<RunOptions, 'timeoutMs' | 'memoryLimitBytes'>> {
  const timeout = options.text('timeout');
  const memory = options.text('memory');
  if (timeout === undefined && memory === undefined) return {};
  const { parseDuration, parseSize } = await import('../../config/quantity.js');
  const { MIN_MEMORY_LIMIT_BYTES } = await import('../../config/defaults.js');
  const timeoutMs = options.parsed(
    'timeout',
    (text) => within(parseDuration(text), 1, MAX_TIMEOUT_MS),
    'a time such as 30s or 500ms, at most 24d',
  );
  const memoryLimitBytes = options.parsed(
    'memory',
    (text) => within(parseSize(text), MIN_MEMORY_LIMIT_BYTES, Number.MAX_SAFE_INTEGER),
    'a size such as 256mb, at least 32mb',
  );
  return {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}

function within(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}

async function withEnvironmentFile(invocation: Invocation): Promise<Invocation> {
  const file = invocation.options.text('envFile');
  if (file === undefined) return invocation;
  const { readEnvironmentFile } = await import('./environment-file.js');
  return {
    ...invocation,
    environment: { ...readEnvironmentFile(file), ...invocation.environment },
  };
}

interface Interruption {
  readonly signal: AbortSignal;
  stop(): void;
}

/** The first Ctrl-C aborts the run where it waits, a second one ends the program at once. */
function listenForInterrupts(): Interruption {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort(new SpellError('ABORTED', 'the run was interrupted'));
  };
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, stop: () => process.off('SIGINT', onInterrupt) };
}
