/** Runs a program to its end, without a shell. It leads a group of its own, and nothing of that outlives the call. */
import { type ChildProcess, spawn } from 'node:child_process';
import { SpellError } from '../base/errors.js';
import { whenAborted } from '../base/when-aborted.js';
import { fileError } from './file-access.js';

export interface ProgramRequest {
  /** Absolute path. */
  readonly file: string;
  /** How the program was asked for: it may depend on its own name. */
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array | undefined;
  /** Bytes of each output that are kept; what is beyond is read and left out. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface ProgramResult {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly endedBy: NodeJS.Signals | null;
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface Output {
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

/** @throws SpellError `FILE_FAILED` when it can't be started; the signal's reason when that is aborted. */
export async function runProgram(request: ProgramRequest): Promise<ProgramResult> {
  const { file, name, args, cwd, env, stdin, maxBytes, signal } = request;
  signal.throwIfAborted();
  let child: ChildProcess;
  try {
    child = spawn(file, [...args], { argv0: name, cwd, env, detached: true, stdio: 'pipe' });
  } catch (thrown) {
    throw startError(file, thrown);
  }
  const outputs = [collect(child.stdout, maxBytes), collect(child.stderr, maxBytes)] as const;
  // A program need not read what it is given.
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin ?? '');
  const forget = whenAborted(signal, () => endGroup(child.pid));
  try {
    const [exitCode, endedBy] = await ended(child, file);
    signal.throwIfAborted();
    const [stdout, stderr] = outputs.map((output) => output());
    return { exitCode, endedBy, stdout: stdout as Output, stderr: stderr as Output };
  } finally {
    forget();
  }
}

/** The end of a program and of its outputs: what it has left running is ended with it. */
function ended(child: ChildProcess, file: string): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', (thrown) => reject(startError(file, thrown)));
    child.once('exit', () => endGroup(child.pid));
    child.once('close', (code, signal) => resolve([code, signal]));
  });
}

/** Ends all processes of a group; the program that leads it gave it its number. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

function collect(stream: ChildProcess['stdout'], maxBytes: number): () => Output {
  const pieces: Buffer[] = [];
  let length = 0;
  let isCut = false;
  stream?.on('data', (piece: Buffer) => {
    const kept = piece.subarray(0, maxBytes - length);
    if (kept.length < piece.length) isCut = true;
    if (kept.length > 0) pieces.push(kept);
    length += kept.length;
  });
  return () => ({ bytes: Buffer.concat(pieces, length), isCut });
}

function startError(file: string, thrown: unknown): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code !== 'E2BIG') return fileError(file, thrown);
  return new SpellError('TOO_LARGE', `the arguments and variables of ${file} are too long`, {
    hint: 'Give long data as stdin.',
    cause: thrown,
  });
}
