/** Images of messages: conversations name artifacts, providers get the bytes. */
import { artifactNotFound } from '../artifact/artifact-errors.js';
import type { ArtifactStore } from '../artifact/artifact-store.js';
import { SpellError } from '../base/errors.js';
import type { ImagePart, Message, Part } from '../provider/message.js';

type OpenArtifacts = () => Promise<{ readonly artifacts: ArtifactStore }>;

/**
 * The messages with the bytes of the artifacts that they show.
 *
 * @param session The session that the artifacts belong to.
 * @throws SpellError `ARTIFACT_NOT_FOUND`
 */
export async function showImages(
  stores: OpenArtifacts,
  messages: readonly Message[],
  session: string | undefined,
): Promise<readonly Message[]> {
  if (!messages.some(({ parts }) => parts.some(hasArtifact))) return messages;
  const { artifacts } = await stores();
  const show = (part: ImagePart) => withBytes(artifacts, part, session);
  return Promise.all(
    messages.map(async (message) => ({
      ...message,
      parts: await Promise.all(message.parts.map((part) => shown(part, show))),
    })),
  );
}

function hasArtifact(part: Part): boolean {
  if (part.type === 'tool_result') return part.content.some(hasArtifact);
  return part.type === 'image' && part.source.kind === 'artifact';
}

async function shown(part: Part, show: (part: ImagePart) => Promise<ImagePart>): Promise<Part> {
  if (part.type === 'image') return show(part);
  if (part.type !== 'tool_result') return part;
  const content = part.content.map((inner) => (inner.type === 'image' ? show(inner) : inner));
  return { ...part, content: await Promise.all(content) };
}

async function withBytes(
  artifacts: ArtifactStore,
  part: ImagePart,
  session: string | undefined,
): Promise<ImagePart> {
  if (part.source.kind !== 'artifact') return part;
  const { id } = part.source;
  const record = session === undefined ? undefined : await artifacts.get(session, id);
  if (record === undefined) throw artifactNotFound(id);
  const bytes = await artifacts.readContent(record);
  const given = part.mimeType === 'image/*' ? record.mimeType : part.mimeType;
  if (!given.startsWith('image/')) throw noImage(id, given);
  return { ...part, mimeType: given, source: { kind: 'bytes', bytes } };
}

function noImage(id: string, type: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `the artifact ${id} is no image but ${type}`, {
    hint: 'Name its type: { type = "image", artifact = id, mime_type = "image/png" }.',
    key: 'mime_type',
  });
}
