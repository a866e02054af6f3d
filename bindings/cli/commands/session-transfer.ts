/** `llmspell session export|import|copy|merge` */
import type { HostValue } from '../../../runtime/base/value.js';
import { writeFile } from '../../../runtime/base/whole-file.js';
import { toJsonRecord } from '../../../runtime/session/session-view.js';
import { SESSION_FORMATS, type SessionFormat } from '../../../runtime/session-transfer.js';
import type { Runtime } from '../../node/runtime.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { type Options, usageError } from '../option.js';
import { sizeText } from '../render/formats.js';
import { filePieces } from './file-input.js';

const STANDARD = '-';

export async function exportSession(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const file = options.text('output') ?? STANDARD;
  const format = formatOption(options);
  const { id, bytes } = await withRuntime(invocation, async (runtime) => {
    const session = await runtime.sessions.find(args[0] ?? '');
    return { id: session.id, bytes: await runtime.sessions.exportData(session.id, { format }) };
  });
  if (file === STANDARD) {
    const { parseJson } = await import('../../../runtime/base/json.js');
    const data = () => ({ session: id, format, document: parseJson(bytes) });
    await terminal.result(terminal.json ? data() : null, () => terminal.out(bytes));
    return EXIT_OK;
  }
  await writeFile(file, [bytes]);
  await terminal.result({ session: id, format, file, bytes: bytes.length }, () =>
    terminal.note(`${sizeText(bytes.length)} written to ${file}`),
  );
  return EXIT_OK;
}

function formatOption(options: Options): SessionFormat {
  const format = options.text('format') ?? 'oblix';
  if ((SESSION_FORMATS as readonly string[]).includes(format)) return format as SessionFormat;
  throw usageError(
    `option '--format' must be one of ${SESSION_FORMATS.join(', ')}, got ${JSON.stringify(format)}`,
  );
}

export async function importSession(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  const pieces: Uint8Array[] = [];
  for await (const piece of filePieces(args[0] ?? '')) pieces.push(piece);
  const newId = options.flag('newId');
  const overwrite = options.flag('overwrite');
  return made(invocation, (runtime) =>
    runtime.sessions.importData(Buffer.concat(pieces), { newId, overwrite }),
  );
}

export async function copySession(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  const [title, at] = [options.text('title'), options.text('at')];
  return made(invocation, async (runtime) => {
    const { id } = await runtime.sessions.find(args[0] ?? '');
    return runtime.sessions.copy(id, {
      ...(title === undefined ? {} : { newTitle: title }),
      ...(at === undefined ? {} : { at }),
    });
  });
}

export async function mergeSessions(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  const title = options.text('title');
  return made(invocation, async (runtime) => {
    const ids: string[] = [];
    for (const arg of args) ids.push((await runtime.sessions.find(arg)).id);
    return runtime.sessions.merge(ids, title === undefined ? {} : { title });
  });
}

/** Makes a session and prints its id. */
async function made(
  invocation: Invocation,
  make: (runtime: Runtime) => Promise<string>,
): Promise<number> {
  const { terminal } = invocation;
  const [id, record] = await withRuntime(invocation, async (runtime) => {
    const { sessions } = await runtime.services.stores();
    const session = await sessions.find(await make(runtime));
    return [session.id, toJsonRecord(session) as HostValue] as const;
  });
  await terminal.result(record, () => terminal.out(`${id}\n`));
  return EXIT_OK;
}
