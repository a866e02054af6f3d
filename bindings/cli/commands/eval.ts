/** `llmspell eval <code> [args...]` */
import { scriptFromSource } from '../../../runtime/run/script.js';
import type { Invocation } from '../invocation.js';
import { jsonText } from '../render/json-view.js';
import { runScript } from '../script-run.js';

export async function evalCode(invocation: Invocation): Promise<number> {
  const [code = '', ...args] = invocation.args;
  const names = { name: 'eval', chunkName: '=eval', folder: invocation.cwd };
  return runScript(invocation, {
    name: names.name,
    args,
    read: async () => scriptFromSource(Buffer.from(code), names),
    readsInput: true,
    showValues: (values) => {
      for (const value of values) invocation.terminal.out(`${jsonText(value)}\n`);
    },
  });
}
