/** `llmspell artifact get|put`: contents out of the storage and into it, in pieces. */
import { isUtf8 } from 'node:buffer';
import { basename } from 'node:path';
import type { ArtifactRecord } from '../../../runtime/artifact/artifact.js';
import { toJsonRecord } from '../../../runtime/artifact/artifact-view.js';
import type { HostObject, HostValue } from '../../../runtime/base/value.js';
import { writeFile } from '../../../runtime/base/whole-file.js';
import type { Runtime } from '../../node/runtime.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { usageError } from '../option.js';
import { sizeText } from '../render/formats.js';
import { jsonText } from '../render/json-view.js';
import { filePieces } from './file-input.js';
import { metadataOption } from './metadata-option.js';

export async function getArtifact(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const file = options.text('output');
  await withRuntime(invocation, async (runtime) => {
    const { artifacts } = await runtime.services.stores();
    const record = await artifacts.find(args[0] ?? '');
    const fields = toJsonRecord(record);
    if (options.flag('meta')) {
      return terminal.result(fields, () => terminal.out(`${jsonText(fields, { indent: 2 })}\n`));
    }
    const pieces = artifacts.streamContent(record);
    if (file !== undefined && file !== '-') {
      await writeFile(file, pieces);
      return terminal.result({ ...fields, file }, () =>
        terminal.note(`${sizeText(record.size)} written to ${file}`),
      );
    }
    if (terminal.json) return printDocument(invocation, fields, pieces);
    await printContent(invocation, record, pieces);
  });
  return EXIT_OK;
}

async function printDocument(
  { terminal }: Invocation,
  fields: HostObject,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const content: Uint8Array[] = [];
  for await (const piece of pieces) content.push(piece);
  await terminal.result({ ...fields, content: Buffer.concat(content) }, () => {});
}

async function printContent(
  { terminal }: Invocation,
  record: ArtifactRecord,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const mustBeText = await terminal.isInteractive(1);
  for await (const piece of pieces) {
    if (mustBeText && !isText(piece)) {
      throw usageError(
        `artifact ${record.id} is not text, and standard output is a terminal`,
        'Write it to a file with -o FILE, or give it to another program.',
      );
    }
    terminal.out(piece);
  }
}

/** A piece may end inside of a character, which has at most four bytes. */
function isText(piece: Uint8Array): boolean {
  if (piece.includes(0)) return false;
  return [0, 1, 2, 3].some((cut) => isUtf8(piece.subarray(0, piece.length - cut)));
}

export async function putArtifact(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const file = args[0] ?? '';
  const session = options.text('session');
  if (session === undefined) {
    throw usageError("option '--session <id>' is needed", 'See llmspell session list.');
  }
  const name = options.text('name') ?? (file === '-' ? 'stdin' : basename(file));
  const record = await withRuntime(invocation, (runtime) =>
    store(runtime, { invocation, session, name, content: filePieces(file) }),
  );
  await terminal.result(record, () => terminal.out(`${(record as HostObject).id}\n`));
  return EXIT_OK;
}

interface Upload {
  readonly invocation: Invocation;
  readonly session: string;
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

async function store(
  runtime: Runtime,
  { invocation: { options }, session, name, content }: Upload,
): Promise<HostValue> {
  const tags = options.texts('tag');
  const metadata = new Map(metadataOption(options));
  if (tags.length > 0) metadata.set('tags', tags);
  const { sessions, artifacts } = await runtime.services.stores();
  const stored = await runtime.artifacts.store({
    sessionId: (await sessions.find(session)).id,
    type: options.text('type') ?? 'user_input',
    name,
    content,
    metadata: metadata as unknown as Readonly<Record<string, unknown>>,
  });
  return toJsonRecord(await artifacts.find(stored.id));
}
