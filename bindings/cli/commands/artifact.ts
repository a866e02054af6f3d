/** `llmspell artifact list|delete|verify|gc` */
import { parseSize } from '../../../config/quantity.js';
import type { ArtifactRecord } from '../../../runtime/artifact/artifact.js';
import { toJsonRecord } from '../../../runtime/artifact/artifact-view.js';
import { SpellError } from '../../../runtime/base/errors.js';
import type { ContentProblem } from '../../../runtime/content/verify.js';
import { EXIT_OK } from '../exit-code.js';
import { CommandFailure, confirm, type Invocation, withRuntime } from '../invocation.js';
import { countText, idShortener, sizeText, timeText } from '../render/formats.js';
import { tableText } from '../render/table.js';
import { pageOptions, printNext } from './page.js';

const SIZE_EXPECTED = 'a size such as 10kb';

export async function listArtifacts(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const filter = {
    ...pageOptions(options),
    type: options.text('type'),
    tags: options.texts('tag'),
    namePattern: options.text('name'),
    minSize: options.parsed('minSize', parseSize, SIZE_EXPECTED),
    maxSize: options.parsed('maxSize', parseSize, SIZE_EXPECTED),
  };
  const session = options.text('session');
  const { items, next } = await withRuntime(invocation, async (runtime) => {
    const { sessions, artifacts } = await runtime.services.stores();
    const sessionId = session === undefined ? undefined : (await sessions.find(session)).id;
    return artifacts.query({ ...filter, sessionId });
  });
  await terminal.result({ items: items.map(toJsonRecord), next: next ?? null }, async () => {
    if (items.length === 0) return terminal.note('no artifacts');
    terminal.out(tableText(items, columns(items), await terminal.paint(1)));
    printNext(terminal, next);
  });
  return EXIT_OK;
}

function columns(items: readonly ArtifactRecord[]) {
  const short = idShortener(items.map(({ id }) => id));
  const shortSession = idShortener(items.map(({ sessionId }) => sessionId));
  return [
    { title: 'ID', text: ({ id }: ArtifactRecord) => short(id) },
    { title: 'SESSION', text: ({ sessionId }: ArtifactRecord) => shortSession(sessionId) },
    { title: 'TYPE', text: ({ type }: ArtifactRecord) => type },
    { title: 'SIZE', align: 'right' as const, text: ({ size }: ArtifactRecord) => sizeText(size) },
    { title: 'CREATED', text: ({ createdAt }: ArtifactRecord) => timeText(createdAt) },
    { title: 'NAME', text: ({ name }: ArtifactRecord) => name },
    { title: 'TAGS', text: ({ tags }: ArtifactRecord) => tags.join(', ') },
  ];
}

export async function deleteArtifacts(invocation: Invocation): Promise<number> {
  const { args, terminal } = invocation;
  const deleted = await withRuntime(invocation, async (runtime) => {
    const ids = new Set<string>();
    for (const arg of args) ids.add((await runtime.artifacts.find(arg)).id);
    await confirm(invocation, `Delete ${countText(ids.size, 'artifact')}?`);
    for (const id of ids) await runtime.artifacts.delete(id);
    return [...ids];
  });
  await terminal.result({ deleted }, () => {
    for (const id of deleted) terminal.out(`${id}\n`);
    terminal.note(`deleted ${countText(deleted.length, 'artifact')}`);
  });
  return EXIT_OK;
}

export async function verifyArtifacts(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const problems: ContentProblem[] = [];
  const summary = await withRuntime(invocation, async (runtime) => {
    const verification = runtime.artifacts.verify();
    for (;;) {
      const step = await verification.next();
      if (step.done === true) return step.value;
      problems.push(step.value);
      if (!terminal.json) terminal.out(`${step.value.hash}: ${step.value.problem}\n`);
    }
  });
  const data = { ...summary, problems: problems.map((problem) => ({ ...problem })) };
  if (problems.length > 0) throw new CommandFailure(damaged(problems.length, summary), data);
  await terminal.result(data, () => {
    const size = sizeText(summary.bytes);
    terminal.out(`${countText(summary.contents, 'content')} of ${size} verified\n`);
  });
  return EXIT_OK;
}

function damaged(count: number, { contents }: { readonly contents: number }): SpellError {
  const message = `${count} of ${countText(contents, 'content')} can't be read back as stored`;
  return new SpellError('ARTIFACT_CORRUPT', message, {
    hint: 'Restore the data folder from a copy, or delete the artifacts that have these contents.',
  });
}

export async function collectArtifacts(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const summary = await withRuntime(invocation, (runtime) => runtime.artifacts.gc());
  await terminal.result({ ...summary }, () => {
    const count = summary.incomplete + summary.unreferenced;
    terminal.out(`${countText(count, 'content')} of ${sizeText(summary.bytes)} removed\n`);
  });
  return EXIT_OK;
}
