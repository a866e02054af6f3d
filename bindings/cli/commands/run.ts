/** `llmspell run <file|-> [args...]` */
import type { Invocation } from '../invocation.js';
import { runScript } from '../script-run.js';

export async function runFile(invocation: Invocation): Promise<number> {
  const [file = '', ...args] = invocation.args;
  if (file === '-') return runStandardInput(invocation, args);
  return runScript(invocation, {
    name: file,
    args,
    read: async () => {
      const { readScript } = await import('../../../runtime/run/script.js');
      return readScript(file);
    },
    readsInput: true,
  });
}

async function runStandardInput(invocation: Invocation, args: readonly string[]): Promise<number> {
  const { readAllInput } = await import('../standard-input.js');
  const { scriptFromSource } = await import('../../../runtime/run/script.js');
  const names = { name: 'stdin', chunkName: '=stdin', folder: invocation.cwd };
  return runScript(invocation, {
    name: names.name,
    args,
    read: async () => scriptFromSource(await readAllInput(), names),
    readsInput: false,
  });
}
