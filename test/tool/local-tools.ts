/** A runtime whose files, programs and variables are those of one test. */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ExecuteToolOptions, Runtime, type ToolResult } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

export interface LocalTools {
  readonly runtime: Runtime;
  /** Open for reading and writing; the current folder of the runtime. */
  readonly folder: string;
  /** A folder beside it that is closed. */
  readonly closed: string;
  path(name: string): string;
  write(name: string, content?: string | Uint8Array): string;
  /** The result of a call that is meant to succeed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into results of every shape
  result(args: object, options?: ExecuteToolOptions): Promise<any>;
  call(args: object, options?: ExecuteToolOptions): Promise<ToolResult>;
}

export async function localTools(
  tool: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<LocalTools> {
  const base = realpathSync(temporaryFolder());
  const [folder, closed] = [join(base, 'open'), join(base, 'closed')];
  mkdirSync(folder);
  mkdirSync(closed);
  writeFileSync(join(closed, 'secret.txt'), 'secret');
  const runtime = await Runtime.open({
    cwd: folder,
    settings: {
      'runtime.security.file_read_roots': [folder],
      'runtime.security.file_write_roots': [folder],
      ...settings,
    },
  });
  onTestFinished(() => runtime.close());
  const call: LocalTools['call'] = (args, options) =>
    runtime.tools.execute(tool, args as Record<string, unknown>, options);
  return {
    runtime,
    folder,
    closed,
    path: (name) => join(folder, name),
    write: (name, content = name) => {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    call,
    result: async (args, options) => {
      const envelope = await call(args, options);
      if (!envelope.success) throw new Error(`${envelope.error.code}: ${envelope.error.message}`);
      return envelope.result;
    },
  };
}

/** What a call is answered that the policy refuses. */
export function denied(rule: string): object {
  return { success: false, error: { code: 'POLICY_DENIED', details: { rule } } };
}

export function failed(code: string, details?: object): object {
  return { success: false, error: { code, ...(details === undefined ? {} : { details }) } };
}
