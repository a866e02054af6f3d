/** The file of a scripted provider: TOML, JSON when its name ends so, or a Lua file that returns a table. */
import { readFile } from 'node:fs/promises';
import { SpellError } from '../../runtime/base/errors.js';
import { parseJson } from '../../runtime/base/json.js';
import { toPlain } from '../../runtime/base/value.js';
import type { Engine } from '../../runtime/engine/engine.js';
import { Interrupter } from '../../runtime/engine/interrupt.js';
import type { Script } from '../../runtime/provider/script.js';
import { scriptFromSource } from '../../runtime/run/script.js';

/** What a file of answers may take that is a program. */
const LUA_LIMITS = { memoryLimitBytes: 64 * 1024 * 1024, timeoutMs: 5000 };

/** @throws SpellError `CONFIG` with the file, and the line where there is one. */
export async function readAnswers(file: string, engine: Engine): Promise<Script> {
  const { readScript } = await import('../../runtime/provider/script.js');
  if (file.endsWith('.lua')) {
    const source = await readBytes(file);
    return readScript(valueOfLua(source, file, engine), { file, locate: luaLocator(source) });
  }
  if (!file.endsWith('.json')) {
    const { readToml } = await import('../../config/toml.js');
    const { table, locate } = await readToml(file);
    return readScript(table, { file, locate });
  }
  try {
    return readScript(toPlain(parseJson(await readBytes(file))), { file });
  } catch (cause) {
    throw inFile(file, cause);
  }
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new SpellError('CONFIG', `the script of answers ${file} can't be read`, {
      file,
      hint: 'Check the path, and who may read the file.',
      cause,
    });
  }
}

/** What a Lua file returns. It sees the language and its libraries for text, tables and numbers, and nothing else. */
function valueOfLua(source: Uint8Array, file: string, engine: Engine): unknown {
  const { memoryLimitBytes, timeoutMs } = LUA_LIMITS;
  const vm = engine.createVm({ memoryLimitBytes, functions: [], preludes: [] });
  try {
    const names = { name: file, chunkName: `@${file}`, folder: '' };
    const { chunk } = scriptFromSource(source, names);
    const step = new Interrupter().run(() => vm.start(chunk, []), { timeoutMs, onSigint: false });
    if (step.state === 'failed') throw step.error;
    const [value] = step.state === 'returned' ? step.values : [];
    if (value !== undefined && value !== null) return toPlain(value);
    throw new SpellError('CONFIG', 'the file returns nothing', {
      hint: 'It ends with a table: return { rule = { { text = "..." } } }.',
    });
  } catch (cause) {
    throw inFile(file, cause);
  } finally {
    vm.dispose();
  }
}

/** The line of a key that stands once in the text; nothing tells where one of several is. */
function luaLocator(source: Uint8Array) {
  const lines = Buffer.from(source).toString('utf8').split('\n');
  return (path: readonly (string | number)[]) => {
    const key = path.findLast((step) => typeof step === 'string');
    const pattern = new RegExp(
      `(?:^|[^\\w."'])${String(key)}\\s*=(?!=)|\\["${String(key)}"\\]\\s*=`,
    );
    const found = lines.flatMap((line, index) => (pattern.test(line) ? [index] : []));
    const [index] = found;
    if (found.length !== 1 || index === undefined) return undefined;
    return { line: index + 1, column: (lines[index]?.indexOf(String(key)) ?? 0) + 1 };
  };
}

function inFile(file: string, thrown: unknown): SpellError {
  const { message, line, column, hint } = thrown as SpellError;
  const isOwn = thrown instanceof SpellError && thrown.file === file && thrown.code === 'CONFIG';
  if (isOwn) return thrown;
  const text = `the script of answers: ${message}`;
  return new SpellError('CONFIG', text, { file, line, column, hint, cause: thrown });
}
