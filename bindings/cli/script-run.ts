/** Runs a script for the command line: its session, its limits, its output, Ctrl-C, and how it ended. */
import { SpellError } from '../../runtime/base/errors.js';
import type { HostObject, Value } from '../../runtime/base/value.js';
import type { KeptRun } from '../../runtime/kept-run.js';
import type { OnQuestion } from '../../runtime/respondents.js';
import type { Run } from '../../runtime/run/run.js';
import type { RunEvent } from '../../runtime/run/run-event.js';
import type { RunOutcome } from '../../runtime/run/run-outcome.js';
import { isFinished } from '../../runtime/run/run-status.js';
import type { Script } from '../../runtime/run/script.js';
import type { RunOptions } from '../../runtime/run-options.js';
import type { Runtime } from '../node/runtime.js';
import { EXIT_INTERRUPTED } from './exit-code.js';
import { CommandFailure, type Invocation, withRuntime } from './invocation.js';
import { type Options, usageError } from './option.js';
import { howToAnswer, waitText } from './render/run-view.js';
import type { Terminal } from './render/terminal.js';
import { usageView } from './render/usage-view.js';
import type { StandardInput } from './standard-input.js';

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
  const limits = await runLimits(invocation.options);
  refuseTwoFormats(invocation);
  const withVariables = await withEnvironmentFile(invocation);
  return withRuntime(withVariables, async (runtime) => {
    refuseDetached(invocation, runtime);
    const session = await currentSession(runtime, invocation.options);
    const ended = await followRun(invocation, runtime, call.readsInput, (options) =>
      runtime.startRun(call.name, call.read, {
        ...options,
        ...limits,
        ...(session === undefined ? {} : { sessionId: session.id }),
        args: call.args,
      }),
    );
    const created = session?.isNew === true ? [session.id] : [];
    return finish(invocation.terminal, ended, { created, showValues: call.showValues });
  });
}

/** @throws SpellError `USAGE` */
export function refuseTwoFormats({ options, terminal }: Invocation): void {
  if (!options.flag('jsonl') || !terminal.json) return;
  throw usageError("option '--jsonl' cannot be used with option '--json'");
}

function refuseDetached({ options }: Invocation, runtime: Runtime): void {
  if (!options.flag('detach') || keepsRuns(runtime)) return;
  throw usageError(
    "option '--detach' needs runs that are kept",
    'Leave out --storage memory, and durability.enabled = false.',
  );
}

function keepsRuns({ config: { durability, sessions } }: Runtime): boolean {
  return durability.enabled && sessions.storageBackend !== 'memory';
}

/** What a run is started with to be followed on a terminal. */
export type FollowOptions = Pick<
  RunOptions,
  'signal' | 'interruptOnSigint' | 'onOutput' | 'readInput' | 'onQuestion' | 'detach'
>;

/** EndedRun is a run that was followed to its end. */
export interface EndedRun {
  readonly outcome: RunOutcome;
  /** What is kept of it, where runs are kept. */
  readonly kept: KeptRun | undefined;
}

/** Starts a run and follows it to its end: its output, its events, and Ctrl-C. */
export async function followRun(
  { options, terminal }: Invocation,
  runtime: Runtime,
  readsInput: boolean,
  start: (options: FollowOptions) => Run,
  isContinued = false,
): Promise<EndedRun> {
  const outcome = await interruptibly(async (following) => {
    const run = start({
      ...following,
      detach: options.flag('detach'),
      onOutput: output(terminal, options.flag('jsonl')),
      ...inputFor({ options, terminal }, readsInput),
    });
    if (!terminal.json) terminal.note(`run ${run.id}`);
    if (options.flag('jsonl')) await printEvents(run, terminal);
    return run.outcome;
  });
  terminal.detail(`${outcome.status} after ${outcome.usage.calls} calls`);
  // A run that completed at its first attempt has nothing to tell that its outcome does not.
  const isTold = !isContinued && outcome.error === undefined && outcome.status !== 'sleeping';
  const kept = isTold || !keepsRuns(runtime) ? undefined : await runtime.runs.get(outcome.run);
  return { outcome, kept };
}

/** Prints how a run ended. @throws CommandFailure with its error */
export async function finish(
  terminal: Terminal,
  { outcome, kept }: EndedRun,
  {
    created = [],
    showValues,
  }: {
    readonly created?: readonly string[];
    readonly showValues?: ScriptCall['showValues'];
  } = {},
): Promise<number> {
  const { error, values, exitStatus } = outcome;
  const data = runRecord(outcome, kept, created);
  if (error !== undefined) {
    noteHowToResume(terminal, outcome, kept);
    throw new CommandFailure(error, data);
  }
  await terminal.result(data, () => {
    if (outcome.status === 'sleeping') noteSleep(terminal, outcome, kept);
    else showValues?.(values);
  });
  return exitStatus;
}

/** Tells what wakes a run that sleeps. */
export function noteSleep(
  terminal: Terminal,
  { run }: RunOutcome,
  kept: KeptRun | undefined,
): void {
  const waits = kept?.waitsFor.map(waitText) ?? [];
  const until = waits.length === 0 ? '' : ` until ${waits.join(' or ')}`;
  terminal.note(`run ${run} is sleeping${until}`);
  for (const wait of kept?.waitsFor ?? []) {
    if (wait.type === 'approval') terminal.note(howToAnswer(run, wait));
  }
}

/** What a run that came to a limit needs to come further than that. */
const HIGHER_LIMITS: Readonly<Record<string, string>> = {
  LIMIT_BUDGET: ' --max-tokens-total COUNT (or --max-cost USD)',
  LIMIT_MEMORY: ' --memory SIZE',
};

function noteHowToResume(
  terminal: Terminal,
  { error, run }: RunOutcome,
  kept: KeptRun | undefined,
): void {
  if (terminal.json || kept === undefined || error?.code === 'RUN_LOCKED') return;
  if (isFinished(kept.status)) return;
  if (error?.code === 'EFFECT_UNKNOWN') {
    terminal.note(`settle it with: llmspell resume ${run} --on-unknown retry (or fail)`);
  } else {
    terminal.note(`resume with: llmspell resume ${run}${HIGHER_LIMITS[error?.code ?? ''] ?? ''}`);
  }
}

/** The run as `--json` shows it: what is kept of one that was not gone on with. */
export function runRecord(
  { run, usage, values, ...outcome }: RunOutcome,
  kept: KeptRun | undefined,
  created: readonly string[] = [],
): HostObject {
  const isUntouched = UNTOUCHED.includes(outcome.error?.code);
  const { status, sessions } = isUntouched && kept !== undefined ? kept : outcome;
  return {
    run,
    status,
    sessions: [...created, ...sessions],
    value: values.length > 1 ? values : (values[0] ?? null),
    usage: usageView(usage, kept?.usage.possiblyBilledTwice ?? 0),
  };
}

/** Somebody else executes the run, or there is nothing left to do. */
const UNTOUCHED: readonly (string | undefined)[] = ['RUN_LOCKED', 'RUN_STATE'];

/** Where the script's output goes: with `--json` standard output is the document's, with `--jsonl` the events'. */
export function output(terminal: Terminal, asEvents: boolean): NonNullable<RunOptions['onOutput']> {
  if (asEvents) return () => {};
  if (terminal.json) return (_, bytes) => terminal.err(bytes);
  return (stream, bytes) => (stream === 'stdout' ? terminal.out(bytes) : terminal.err(bytes));
}

export async function printEvents(run: Run, terminal: Terminal): Promise<void> {
  for await (const event of run) terminal.out(eventLine(event));
}

/** An event as `--jsonl` prints it. */
export function eventLine(event: RunEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** The script's standard input, from which its questions are answered too; it is opened when it is first needed. */
function inputFor(
  invocation: Pick<Invocation, 'options' | 'terminal'>,
  readsInput: boolean,
): Pick<RunOptions, 'readInput' | 'onQuestion'> {
  let opened: Promise<StandardInput> | undefined;
  const input = () => {
    opened ??= import('./standard-input.js').then((made) => new made.StandardInput());
    return opened;
  };
  let respondent: Promise<OnQuestion> | undefined;
  const onQuestion: OnQuestion = async (question, signal) => {
    respondent ??= import('./respondent.js').then((made) =>
      made.respondent(invocation, readsInput ? input : undefined),
    );
    return (await respondent)(question, signal);
  };
  if (!readsInput) return { onQuestion };
  return { onQuestion, readInput: async () => (await input()).read() };
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

export type RunLimits = Pick<RunOptions, 'timeoutMs' | 'memoryLimitBytes'>;

/** What the options say about limits. @throws SpellError `USAGE` */
export async function runLimits(options: Options): Promise<RunLimits> {
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

/** Work that Ctrl-C ends: the first one aborts the run where it waits, a second one ends the program at once. */
export async function interruptibly<T>(
  work: (options: Pick<RunOptions, 'signal' | 'interruptOnSigint'>) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort(new SpellError('ABORTED', 'the run was interrupted'));
  };
  process.on('SIGINT', onInterrupt);
  try {
    return await work({ signal: controller.signal, interruptOnSigint: true });
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
