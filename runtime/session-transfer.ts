/** SessionTransfer carries sessions out of the storage and into it, as the bytes of files. */
import type { ArtifactStore } from './artifact/artifact-store.js';
import type { Clock } from './base/clock.js';
import { SpellError } from './base/errors.js';
import type { IdSource } from './base/ids.js';
import type { ImagePart, Part } from './provider/message.js';
import { redactSnapshot } from './session/message-redaction.js';
import type { SessionRecord } from './session/session.js';
import {
  adoptSnapshot,
  type SnapshotStores,
  takeSnapshot,
  withMessages,
} from './session/session-adoption.js';
import type { SessionSnapshot } from './session/session-snapshot.js';
import type { Transaction } from './storage/transaction.js';

/**
 * The forms in which a session is written: our own, which chat programs read and which loses nothing; and the active
 * conversation as AbstractLLM and AbstractCore keep theirs.
 */
export const SESSION_FORMATS = ['oblix', 'abstractllm', 'session-archive'] as const;
export type SessionFormat = (typeof SESSION_FORMATS)[number];

export interface ImportSessionOptions {
  /** Gives the session another id than the file says. */
  readonly newId?: boolean | undefined;
  /** Puts it in the place of a session that has its id. */
  readonly overwrite?: boolean | undefined;
  /** Gives it another id only when there is a session with its own. */
  readonly freeId?: boolean | undefined;
  /** Take the place of what the file says. */
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  /** The run that imports it. */
  readonly run?: string | undefined;
}

export interface TransferParts {
  readonly stores: () => Promise<SnapshotStores & { readonly artifacts: ArtifactStore }>;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export class SessionTransfer {
  constructor(private readonly parts: TransferParts) {}

  /** The file of a session. @throws SpellError `SESSION_NOT_FOUND`, `ARTIFACT_CORRUPT`, `VALUE_UNSUPPORTED` */
  async write(id: string, format: SessionFormat = 'oblix'): Promise<Uint8Array> {
    const stores = await this.parts.stores();
    const snapshot = await withImages(await takeSnapshot(stores, id), stores.artifacts);
    return Buffer.from(await textOf(snapshot, format));
  }

  /**
   * Takes the file of a session in. Nothing changes unless all of it is sound.
   *
   * @param commit Makes the change.
   * @throws SpellError `SESSION_FILE_CORRUPT`, `STORAGE_NEWER`, `SESSION_EXISTS`, `LIMIT_SESSIONS`, `BAD_ARGUMENT`,
   * `TOO_LARGE`
   */
  async import<T>(
    bytes: Uint8Array,
    options: ImportSessionOptions,
    commit: (change: (transaction: Transaction) => Promise<SessionRecord>) => Promise<T>,
  ): Promise<T> {
    const { clock, ids } = this.parts;
    const { readSessionFile } = await import('./session/session-file-reader.js');
    const read = chosen(readSessionFile(bytes, clock.now()), options);
    const stores = await this.parts.stores();
    const { redactor } = stores.sessions;
    const snapshot = redactor === undefined ? read : redactSnapshot(read, redactor);
    const another = ids.next();
    const { overwrite = false, newId = false, freeId = false, run = null } = options;
    return withMessages(stores.conversations, snapshot, (contents) =>
      commit(async (tx) => {
        const own = newId ? another : (snapshot.id ?? another);
        const isTaken = freeId && (await stores.sessions.read(tx, own)) !== undefined;
        const id = isTaken && !overwrite ? another : own;
        return adoptSnapshot(tx, stores, snapshot, contents, { id, overwrite, run });
      }),
    );
  }
}

function chosen(
  snapshot: SessionSnapshot,
  { provider, model }: ImportSessionOptions,
): SessionSnapshot {
  if (provider === undefined && model === undefined) return snapshot;
  const { settings } = snapshot;
  const other = provider !== undefined && provider !== settings.provider;
  return {
    ...snapshot,
    settings: {
      ...settings,
      provider: provider ?? settings.provider,
      // A model of one provider is none of another.
      model: model ?? (other ? null : settings.model),
    },
  };
}

async function textOf(snapshot: SessionSnapshot, format: SessionFormat): Promise<string> {
  if (format === 'oblix') {
    const { writeSessionFile } = await import('./session/session-file.js');
    return writeSessionFile(snapshot);
  }
  const { writeAbstractSession, writeSessionArchive } = await import(
    './session/abstract-session-writer.js'
  );
  return format === 'abstractllm' ? writeAbstractSession(snapshot) : writeSessionArchive(snapshot);
}

/** A file has no artifacts, so it holds the images that messages show. */
async function withImages(
  snapshot: SessionSnapshot,
  artifacts: ArtifactStore,
): Promise<SessionSnapshot> {
  const messages = await Promise.all(
    snapshot.messages.map(async (message) => ({
      ...message,
      parts: await Promise.all(message.parts.map((part) => withBytes(part, artifacts))),
    })),
  );
  return { ...snapshot, messages };
}

async function withBytes<P extends Part>(part: P, artifacts: ArtifactStore): Promise<P> {
  if (part.type === 'image') return (await imageBytes(part, artifacts)) as P;
  if (part.type !== 'tool_result') return part;
  const content = await Promise.all(part.content.map((inner) => withBytes(inner, artifacts)));
  return { ...part, content };
}

/** An artifact that is gone stays a name. */
async function imageBytes(image: ImagePart, artifacts: ArtifactStore): Promise<ImagePart> {
  if (image.source.kind !== 'artifact') return image;
  const record = await artifacts.get(undefined, image.source.id);
  if (record === undefined) return image;
  const mimeType = image.mimeType === 'image/*' ? record.mimeType : image.mimeType;
  return {
    ...image,
    mimeType,
    source: { kind: 'bytes', bytes: await artifacts.readContent(record) },
  };
}

/** @throws SpellError `BAD_ARGUMENT` */
export function checkFormat(format: string): SessionFormat {
  if ((SESSION_FORMATS as readonly string[]).includes(format)) return format as SessionFormat;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'format': ${JSON.stringify(format)}`, {
    hint: `A session is written as ${SESSION_FORMATS.join(', ')}.`,
    key: 'format',
  });
}
