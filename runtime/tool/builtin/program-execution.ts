/** What the tool process-executor does. */
import { SpellError } from '../../base/errors.js';
import { secretOf } from '../../base/secret.js';
import { type HostValue, keyText, type Value, type ValueMap } from '../../base/value.js';
import { type ProgramResult, runProgram } from '../child-process.js';
import { fileError } from '../file-access.js';
import { systemError } from '../folder.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { badArgument, bytesOf, stringValue, textOf } from './input.js';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

export async function executeProgram(
  args: ToolArguments,
  context: ToolContext,
): Promise<HostValue> {
  const { machine, limit } = context;
  const name = textOf(args, 'executable');
  const words = ((args.get('arguments') ?? []) as readonly Value[]).map((word, index) => {
    if (typeof word === 'string') return word;
    throw badArgument(`/arguments/${index}`, 'must be text in UTF-8');
  });
  const { file, isUnlimited } = await machine.command(name, words);
  const maxBytes = Math.min(
    Number(args.get('max_output_bytes') ?? limit.maxBytes ?? DEFAULT_MAX_BYTES),
    limit.maxBytes ?? Number.POSITIVE_INFINITY,
  );
  const result = await inTime(args, context, async (signal) =>
    runProgram({
      file,
      name,
      args: words,
      cwd: args.has('cwd') ? await folderOf(textOf(args, 'cwd'), context) : machine.cwd,
      env: { ...machine.environment(), ...variablesOf(args, context, isUnlimited) },
      stdin: args.has('stdin') ? bytesOf(args, 'stdin') : undefined,
      maxBytes,
      signal,
    }),
  );
  return view(result);
}

function view({ exitCode, endedBy, stdout, stderr }: ProgramResult): HostValue {
  return {
    exit_code: exitCode ?? undefined,
    signal: endedBy ?? undefined,
    stdout: stringValue(stdout.bytes),
    stderr: stringValue(stderr.bytes),
    stdout_truncated: stdout.isCut,
    stderr_truncated: stderr.isCut,
  };
}

async function folderOf(path: string, { machine }: ToolContext): Promise<string> {
  const stats = await machine.files.look(path);
  if (stats === undefined) throw fileError(path, systemError('ENOENT', path));
  if (!stats.isDirectory()) throw fileError(path, systemError('ENOTDIR', path));
  return machine.files.resolve(path, 'read');
}

/** Variables decide what programs do, so that only open ones can be set, unless every program may be started. */
function variablesOf(
  args: ToolArguments,
  { machine, secret }: ToolContext,
  isUnlimited: boolean,
): Record<string, string> {
  const given = (args.get('env') ?? new Map()) as ValueMap;
  const entries = [...given].map(([key, value]): [string, string] => {
    const name = keyText(key);
    const pointer = `/env/${name}`;
    if (name === '' || /[=\0]/.test(name)) throw badArgument(pointer, 'is no name of a variable');
    const handle = secretOf(value);
    if (!isUnlimited && handle?.secret !== name) machine.requireVariable(name);
    if (typeof value === 'object') return [name, secret(value)];
    if (typeof value !== 'string' || value.includes('\0')) {
      throw badArgument(pointer, 'must be text in UTF-8, without NUL');
    }
    return [name, value];
  });
  return Object.fromEntries(entries);
}

/** Ends the program, and all that it has started, when its time is over or the call is. */
async function inTime(
  args: ToolArguments,
  { signal, limit }: ToolContext,
  work: (signal: AbortSignal) => Promise<ProgramResult>,
): Promise<ProgramResult> {
  const timeoutMs = Number(args.get('timeout_ms') ?? limit.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(tooLate(timeoutMs)), timeoutMs);
  try {
    return await work(AbortSignal.any([signal, timeout.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(timeoutMs: number): SpellError {
  return new SpellError('TOOL_TIMEOUT', `the program took longer than ${timeoutMs} ms`, {
    hint: 'It was ended with all that it had started. Raise timeout_ms if it needs longer.',
    details: { timeout_ms: timeoutMs },
  });
}
