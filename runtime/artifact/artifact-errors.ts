/** What the store of artifacts refuses, in words. */
import { SpellError } from '../base/errors.js';

export function artifactNotFound(id: string): SpellError {
  return new SpellError('ARTIFACT_NOT_FOUND', `artifact ${JSON.stringify(id)} does not exist`, {
    hint: 'See `llmspell artifact list`, or Artifact.list(session) in Lua, for those that do.',
    details: { artifact: id },
  });
}

/** @param limit How many artifacts the session may have. */
export function tooManyArtifacts(sessionId: string, limit: number): SpellError {
  const message = `session ${JSON.stringify(sessionId)} has ${limit} artifacts already`;
  return new SpellError('LIMIT_ARTIFACTS', message, {
    hint: 'Delete artifacts, or raise runtime.sessions.max_artifacts_per_session.',
    key: 'runtime.sessions.max_artifacts_per_session',
    details: { session: sessionId, limit },
  });
}

/** @param size Bytes of the content. @param limit Bytes that a content may have. */
export function contentTooLarge(name: string, size: number, limit: number): SpellError {
  const message = `the content of ${JSON.stringify(name)} has ${size} bytes of at most ${limit}`;
  return new SpellError('TOO_LARGE', message, {
    hint: 'Compress or split it, or raise runtime.sessions.max_artifact_size.',
    key: 'runtime.sessions.max_artifact_size',
    details: { size, limit },
  });
}
