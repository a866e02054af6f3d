/** How much may be written down beside what a message says. */
import { encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { Value, ValueMap } from '../base/value.js';
import { checkMetadata, checkText } from './session-options.js';

/** Providers choose the names of their models, so this only keeps nonsense out. */
const MAX_MODEL_LENGTH = 4096;

interface LimitedFields {
  readonly name?: string | null | undefined;
  readonly group?: string | null | undefined;
  readonly provider?: string | null | undefined;
  readonly model?: string | null | undefined;
  readonly prompt?: Value;
  readonly metadata?: ValueMap | undefined;
}

/**
 * @param maxBytes Those of what is said in a message; a prompt may be as long.
 * @throws SpellError `BAD_ARGUMENT`, `TOO_LARGE`
 */
export function checkNode(fields: LimitedFields, maxBytes: number): void {
  checkText('name', fields.name);
  checkText('group', fields.group);
  checkText('provider', fields.provider, MAX_MODEL_LENGTH);
  checkText('model', fields.model, MAX_MODEL_LENGTH);
  if (fields.metadata !== undefined) checkMetadata(fields.metadata);
  if (fields.prompt === undefined) return;
  const size = encodeRecord(fields.prompt).byteLength;
  if (size <= maxBytes) return;
  throw new SpellError('TOO_LARGE', `the prompt takes ${size} bytes of ${maxBytes}`, {
    key: 'prompt',
    details: { size, limit: maxBytes },
  });
}
