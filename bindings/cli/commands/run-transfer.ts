/** `llmspell export|import`: a whole run as one file. */

import { writeFile } from '../../../runtime/base/whole-file.js';
import { EXIT_OK } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { usageError } from '../option.js';
import { sizeText } from '../render/formats.js';
import { filePieces } from './file-input.js';

const STANDARD = '-';

export async function exportRun(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const file = options.text('output') ?? STANDARD;
  if (file === STANDARD && (terminal.json || (await terminal.isInteractive(1)))) {
    throw usageError(
      'an exported run is no text for standard output here',
      'Write it to a file with -o FILE, or give it to another program.',
    );
  }
  await withKeptRuns(invocation, async (runtime) => {
    const { id } = await runtime.runs.find(args[0] ?? '');
    const pieces = runtime.archive.export(id, { checkpoints: options.flag('checkpoints') });
    if (file === STANDARD) {
      for await (const piece of pieces) terminal.out(piece);
      return;
    }
    let bytes = 0;
    await writeFile(
      file,
      counted(pieces, (count) => (bytes += count)),
    );
    await terminal.result({ run: id, file, bytes }, () =>
      terminal.note(`${sizeText(bytes)} written to ${file}`),
    );
  });
  return EXIT_OK;
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    count(piece.length);
    yield piece;
  }
}

export async function importRun(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const file = args[0] ?? '';
  const run = await withKeptRuns(invocation, (runtime) =>
    runtime.archive.import(filePieces(file), { newId: options.flag('newId') }),
  );
  await terminal.result({ run }, () => terminal.out(`${run}\n`));
  return EXIT_OK;
}
