/** `llmspell check <file...>` */
import { type SpellError, toSpellError } from '../../../runtime/base/errors.js';
import { readScript, type Script, scriptFromSource } from '../../../runtime/run/script.js';
import { EXIT_OK } from '../exit-code.js';
import { CommandFailure, type Invocation, withRuntime } from '../invocation.js';
import { errorText } from '../render/error-text.js';
import { errorRecord } from '../render/terminal.js';
import { readAllInput } from '../standard-input.js';

interface Checked {
  readonly file: string;
  readonly error: SpellError | undefined;
}

export async function checkFiles(invocation: Invocation): Promise<number> {
  const { terminal, args } = invocation;
  const checked = await withRuntime(invocation, async (runtime) => {
    const results: Checked[] = [];
    for (const file of args) {
      const check = async () => runtime.check(await scriptOf(file, invocation.cwd));
      results.push({ file, error: await check().catch(toSpellError) });
    }
    return results;
  });
  const faults = checked.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const last = faults.pop();
  const data = { items: checked.map(toRecord), next: null };
  if (last === undefined) {
    await terminal.result(data, () => {
      for (const { file } of checked) terminal.out(`${file}: ok\n`);
    });
    return EXIT_OK;
  }
  // The last one ends the command, which prints it; the document names the first.
  if (terminal.json) throw new CommandFailure(faults[0] ?? last, data);
  const paint = await terminal.paint(2);
  for (const fault of faults) terminal.err(errorText(fault, paint));
  throw last;
}

async function scriptOf(file: string, cwd: string): Promise<Script> {
  if (file !== '-') return readScript(file);
  const names = { name: 'stdin', chunkName: '=stdin', folder: cwd };
  return scriptFromSource(await readAllInput(), names);
}

function toRecord({ file, error }: Checked) {
  return { file, ok: error === undefined, error: error === undefined ? null : errorRecord(error) };
}
