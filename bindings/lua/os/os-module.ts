/** The functions behind the `os` global. All of time and the environment passes the gate here. */
import { constants } from 'node:os';
import type { Clock } from '../../../runtime/base/clock.js';
import { SpellError } from '../../../runtime/base/errors.js';
import { pause } from '../../../runtime/base/pause.js';
import { Secret } from '../../../runtime/base/secret.js';
import { Float, floatValue, type HostObject, type Value } from '../../../runtime/base/value.js';
import { type HostArguments, type HostResult, Results } from '../../../runtime/engine/engine.js';
import type { CallContext, HostCallKind, Operation } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { wordsOf } from '../../../runtime/tool/command-policy.js';
import type { Machine } from '../../../runtime/tool/machine.js';
import { badArgument, isAbsent, number, Options, optionalText, text } from '../arguments.js';
import { calendarTime, strftime } from './strftime.js';

const SECOND_MS = 1000;

export function osModule(services: Services): GlobalFunction[] {
  const { clock, machine } = services;
  const define = <A>(
    name: string,
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
    options: {
      readonly path?: string;
      readonly kind?: HostCallKind;
      readonly waits?: boolean;
      readonly foreign?: boolean;
      readonly keepsTurn?: boolean;
      readonly wakes?: Operation<A>['wakes'];
    } = {},
  ) =>
    globalFunction<A>({
      path: options.path ?? `os.${name}`,
      parse,
      operation: {
        op: `os.${name}`,
        kind: options.kind ?? 'state',
        waits: options.waits ?? false,
        foreign: options.foreign ?? false,
        keepsTurn: options.keepsTurn ?? false,
        ...(options.wakes === undefined ? {} : { wakes: options.wakes }),
        perform,
      },
    });
  return [
    define('time', parseTime, (ms) => time(ms, clock)),
    define('clock', nothing, () => floatValue(clock.cpuSeconds())),
    define('date', parseDate, ({ format, ms }) => date(format, ms ?? clock.now())),
    define('difftime', twoNumbers, ([later, earlier]) => floatValue(later - earlier), {
      kind: 'pure',
    }),
    define(
      'getenv',
      (args) => text(args, 1),
      (name, call) => variable(services, name, call),
      { foreign: true },
    ),
    define('setlocale', (args) => optionalText(args, 1), setLocale, { kind: 'pure' }),
    define(
      'execute',
      (args) => optionalText(args, 1),
      (command, call) => execute(command, call, clock),
      {
        waits: true,
        wakes: (command, { since }) => {
          const ms = sleepMs(command);
          return ms === undefined ? undefined : { at: since + ms };
        },
      },
    ),
    globalFunction<string>({
      path: 'host.run_command',
      parse: (args) => text(args, 1),
      operation: {
        op: 'os.run_command',
        kind: 'external',
        waits: true,
        perform: (command, call) => runCommand(command, call, machine),
      },
    }),
    define('exit', parseExit, exit, { waits: true, keepsTurn: true }),
    define('random_seed', nothing, () => randomSeed(services), { path: 'host.random_seed' }),
  ];
}

function nothing(): undefined {
  return undefined;
}

function twoNumbers(args: HostArguments): readonly [number, number] {
  return [number(args, 1), isAbsent(args, 2) ? 0 : number(args, 2)];
}

/** `os.time{year=...}` counts in the machine's time zone, and takes days or months out of range as C does. */
function parseTime(args: HostArguments): number | undefined {
  if (isAbsent(args, 1)) return undefined;
  const fields = new Options(args, 1);
  const field = (name: string, absent?: number): number => {
    const found = fields.raw(name) ?? absent;
    if (found === undefined) throw badField(args, name, 'missing in date table');
    const number = found instanceof Float ? found.value : Number(found);
    if (Number.isSafeInteger(number)) return number;
    throw badField(args, name, 'is not an integer');
  };
  // The constructor would take years below 100 for those of the 20th century.
  const date = new Date(2000, 0, 1);
  date.setFullYear(field('year'), field('month') - 1, field('day'));
  date.setHours(field('hour', 12), field('min', 0), field('sec', 0));
  return date.getTime();
}

function badField(args: HostArguments, name: string, problem: string): SpellError {
  return badArgument(args, 1, `field '${name}' ${problem}`);
}

/** The time in seconds; for a date table also its fields in their usual ranges, which the prelude writes back. */
function time(ms: number | undefined, clock: Clock): HostResult {
  if (ms === undefined) return Math.floor(clock.now() / SECOND_MS);
  if (Number.isNaN(ms)) throw unrepresentable('os.time');
  return new Results(Math.floor(ms / SECOND_MS), { ...calendarTime(ms, false) });
}

function unrepresentable(path: string): SpellError {
  return new SpellError(
    'BAD_ARGUMENT',
    `time result cannot be represented in this installation ('${path}')`,
  );
}

function parseDate(args: HostArguments): { format: string; ms: number | undefined } {
  return {
    format: optionalText(args, 1) ?? '%c',
    ms: isAbsent(args, 2) ? undefined : number(args, 2) * SECOND_MS,
  };
}

function date(format: string, ms: number): string | HostObject {
  if (Number.isNaN(new Date(ms).getTime())) throw unrepresentable('os.date');
  const utc = format.startsWith('!');
  const pattern = utc ? format.slice(1) : format;
  return pattern.startsWith('*t') ? { ...calendarTime(ms, utc) } : strftime(pattern, ms, utc);
}

function setLocale(locale: string | undefined): string | undefined {
  return locale === undefined || locale === '' || locale === 'C' ? 'C' : undefined;
}

const SLEEP = /^\s*sleep\s+(\d+(?:\.\d+)?)\s*([smhd]?)\s*$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `sleep N` waits without a process and without blocking the host; without a command the answer is: no shell. */
async function execute(
  command: string | undefined,
  call: CallContext,
  clock: Clock,
): Promise<HostResult> {
  if (command === undefined) return false;
  const ms = sleepMs(command) ?? 0;
  // A run that was photographed while it slept has slept a part of the time already.
  const slept = call.since === undefined ? 0 : Math.max(0, clock.now() - call.since);
  await pause(ms - slept, call.signal);
  return new Results(true, 'exit', 0);
}

/** How long `sleep N` sleeps; `undefined` for any other command. */
function sleepMs(command: string | undefined): number | undefined {
  const [, count, unit = ''] = SLEEP.exec(command ?? '') ?? [];
  if (count === undefined) return undefined;
  return Math.ceil(Number(count) * (UNIT_SECONDS[unit] as number) * SECOND_MS);
}

/** A closed variable is nil as one that is not set; the second value says how to open it. */
function variable({ machine }: Services, name: string, { decided }: CallContext): HostResult {
  const access = machine.seenBy(decided);
  try {
    const value = access.variable(name);
    return value instanceof Secret ? { secret: name } : value;
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'POLICY_DENIED') throw thrown;
    return new Results(undefined, `${thrown.message}. ${thrown.hint}`);
  }
}

/** Bytes of each output of a command that reach the script's own. */
const MAX_OUTPUT_BYTES = 10 * 1024 * 1024;

/** What `os.execute` answers, and what the command has printed. */
async function runCommand(
  command: string,
  { signal, decided }: CallContext,
  machine: Machine,
): Promise<HostResult> {
  const [name = '', ...args] = plainWords(command);
  const access = machine.seenBy(decided);
  const { file } = await access.command(name, args);
  const { runProgram } = await import('../../../runtime/tool/child-process.js');
  const { exitCode, endedBy, stdout, stderr } = await runProgram({
    file,
    name,
    args,
    cwd: access.cwd,
    env: access.environment(),
    maxBytes: MAX_OUTPUT_BYTES,
    signal,
  });
  const status = exitCode ?? constants.signals[endedBy ?? 'SIGKILL'];
  const how = exitCode === null ? 'signal' : 'exit';
  const printed = [stdout.bytes, stderr.bytes].map((bytes) => new Uint8Array(bytes));
  return new Results(exitCode === 0 ? true : undefined, how, status, ...printed);
}

/** @throws SpellError `POLICY_DENIED` for what only a shell understands. */
function plainWords(command: string): readonly string[] {
  const unquoted = command.replace(/'[^']*'/g, '');
  const isForShell =
    /[|&;<>()$`\\\n]/.test(unquoted) || /[*?[~#{]/.test(unquoted.replace(/"[^"]*"/g, ''));
  const words = isForShell ? undefined : wordsOf(command);
  if (words !== undefined) return words;
  throw new SpellError(
    'POLICY_DENIED',
    `${JSON.stringify(command)} needs a shell, and there is none`,
    {
      hint: 'Write a program with its arguments, without pipes, variables or patterns.',
      details: { rule: 'no_shell' },
    },
  );
}

/** `os.exit([code])`: true is 0, false is 1. */
function parseExit(args: HostArguments): number {
  if (isAbsent(args, 1)) return 0;
  if (args.type(1) === 'boolean') return args.boolean(1) ? 0 : 1;
  return Math.trunc(number(args, 1)) & 0xff;
}

/** Ends the run: the answer comes later, so that Lua stops here, and the run does not deliver it. */
async function exit(status: number, call: CallContext): Promise<HostResult> {
  call.remember({ exitStatus: status });
  return undefined;
}

function randomSeed({ random }: Services): Results {
  const bytes = Buffer.from(random.bytes(16));
  const seed = [bytes.readBigInt64LE(0), bytes.readBigInt64LE(8)] satisfies Value[];
  return new Results(...seed);
}
