/** What goes wrong on the way to a host and back. */
import { SpellError } from '../../base/errors.js';

type Details = Readonly<Record<string, string | number | boolean>>;

/** A failure that may have passed when it is tried again. */
export function unreachable(message: string, cause: unknown, details: Details): SpellError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const known = typeof code === 'string' ? { cause: code } : {};
  const text = typeof code === 'string' ? `${message} (${code})` : message;
  return new SpellError('TOOL_FAILED', text, {
    details: { ...details, ...known, transient: true },
    cause,
  });
}

export function tooLarge(what: string, maxBytes: number): SpellError {
  return new SpellError('TOO_LARGE', `${what} is larger than ${maxBytes} bytes`, {
    hint: 'Raise max_bytes if that is what you expect.',
    details: { max_bytes: maxBytes },
  });
}

export function timedOut(url: URL, timeoutMs: number): SpellError {
  const message = `${url.origin} has not answered within ${timeoutMs} ms`;
  return new SpellError('TOOL_TIMEOUT', message, {
    hint: 'Raise timeout_ms if the server needs longer.',
    details: { timeout_ms: timeoutMs, transient: true },
  });
}

export function isTransient(error: unknown): boolean {
  return error instanceof SpellError && error.details.transient === true;
}
