/** The images of messages that are artifacts: those of the session, with what the artifacts say of themselves. */
import { artifactNotFound } from './artifact/artifact-errors.js';
import type { ArtifactStore } from './artifact/artifact-store.js';
import type { Part } from './provider/message.js';
import { mapImages, shownArtifacts } from './session/message-content.js';

/** An image that says nothing of its type. */
const UNKNOWN_TYPE = 'image/*';

/** @throws SpellError `ARTIFACT_NOT_FOUND` for artifacts that the session does not have. */
export async function withShownTypes(
  artifacts: ArtifactStore,
  session: string,
  parts: readonly Part[],
): Promise<readonly Part[]> {
  const types = new Map<string, string>();
  for (const id of new Set(shownArtifacts(parts))) {
    const record = await artifacts.get(session, id);
    if (record === undefined) throw artifactNotFound(id);
    types.set(id, record.mimeType);
  }
  if (types.size === 0) return parts;
  return parts.map((part) =>
    mapImages(part, (image) => {
      const { source, mimeType } = image;
      if (source.kind !== 'artifact' || mimeType !== UNKNOWN_TYPE) return image;
      return { ...image, mimeType: types.get(source.id) ?? mimeType };
    }),
  );
}
