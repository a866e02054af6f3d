/** Kinds of errors for `instanceof`. All errors are of one class, {@link SpellError}; its `code` tells them apart. */
import { type ErrorCode, SpellError } from '../../runtime/base/errors.js';

/** ErrorKind is the errors of one code. */
export interface ErrorKind {
  [Symbol.hasInstance](error: unknown): error is SpellError;
}

/** What is wrong with a configuration: code `CONFIG`. */
export const ConfigError: ErrorKind = kindOf('CONFIG');

/** A runtime is used when it is closed; it is never there before it is open: code `RUNTIME_CLOSED`. */
export const NotInitializedError: ErrorKind = kindOf('RUNTIME_CLOSED');

function kindOf(code: ErrorCode): ErrorKind {
  return {
    [Symbol.hasInstance]: (error): error is SpellError =>
      error instanceof SpellError && error.code === code,
  };
}
