/** The built command line as a user starts it: a process of its own with a home folder of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

export interface CallOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: SpawnOptions['stdio'];
}

/** A user's machine for one test. */
export interface Machine {
  readonly folder: string;
  /** The user's own folder, above it. */
  readonly home: string;
  /** Writes a file in the working folder and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  /** Runs `llmspell` to its end. */
  call(args: readonly string[], options?: CallOptions): Promise<Ended>;
  /** The same with `--json`: the one document of standard output. */
  json(args: readonly string[], options?: CallOptions): Promise<Document>;
  /** Starts `llmspell` and leaves it running. */
  start(args: readonly string[], options?: CallOptions): ChildProcess;
  /** Runs a line of the shell in which `$llmspell` is the command. */
  shell(line: string): Promise<Ended>;
  /** Starts `llmspell` in a terminal, whose keys are standard input and whose screen is standard output. */
  terminal(args: string, env?: CallOptions['env']): ChildProcess;
}

// biome-ignore lint/suspicious/noExplicitAny: tests say what they expect in a document.
export type Document = { readonly ok: boolean; readonly data: any; readonly error: any };

export function machine(): Machine {
  expect(inject('buildError')).toBe('');
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'llmspell-cli-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'work'));
  const environment = (extra: CallOptions['env'] = {}) => ({
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: process.env.TMPDIR,
    ...extra,
  });
  const launch = (command: string, args: readonly string[], options: CallOptions = {}) => {
    const child = spawn(command, args, {
      cwd: join(folder, 'work'),
      env: environment(options.env),
      stdio: options.stdio ?? 'pipe',
    });
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    });
    child.stdin?.on('error', () => {});
    if (options.input !== undefined) child.stdin?.end(options.input);
    return child;
  };
  const call = (args: readonly string[], options?: CallOptions) => {
    const child = launch(process.execPath, [MAIN, ...args], { input: '', ...options });
    return ended(child);
  };
  return {
    folder: join(folder, 'work'),
    home: folder,
    write: (name, content) => {
      const file = join(folder, 'work', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    call,
    json: async (args, options) => {
      const [first = '', ...rest] = args;
      const { stdout } = await call([first, '--json', ...rest], options);
      return JSON.parse(stdout) as Document;
    },
    start: (args, options) => launch(process.execPath, [MAIN, ...args], options),
    shell: (line) =>
      ended(
        launch('bash', ['-c', line], {
          input: '',
          env: { llmspell: `${process.execPath} ${MAIN}` },
        }),
      ),
    terminal: (args, env) => {
      const line = `exec ${process.execPath} ${MAIN} ${args}`;
      return launch('script', ['-qec', line, '/dev/null'], { env: { TERM: 'xterm', ...env } });
    },
  };
}

/** Resolves when the process is gone and its output is complete. */
export function ended(child: ChildProcess): Promise<Ended> {
  const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  child.stdout?.on('data', (piece) => output.stdout.push(piece));
  child.stderr?.on('data', (piece) => output.stderr.push(piece));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const bytes = Buffer.concat(output.stdout);
      const stderr = Buffer.concat(output.stderr).toString();
      resolve({ status, signal, stdout: bytes.toString(), stderr, bytes });
    });
  });
}

/** Resolves when the process has written this text to standard error. */
export function said(child: ChildProcess, text: string): Promise<void> {
  let all = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (piece) => {
      all += piece;
      if (all.includes(text)) resolve();
    });
    child.on('close', () => reject(new Error(`ended without saying ${text}: ${all}`)));
  });
}
