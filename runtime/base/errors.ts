/**
 * Errors of llmspell: one class, one table of codes.
 *
 * A code is part of the interface: scripts compare it (`err.code`), `--json` prints it, and the exit status of the
 * command line follows from it. The message says what was wrong, the hint what to do about it.
 */

/** Every error code with the exit status that the command line ends with when nobody catches it. */
export const EXIT_STATUS = {
  LUA_ERROR: 1,
  LUA_SYNTAX: 1,
  BAD_ARGUMENT: 1,
  AWAIT_FORBIDDEN: 1,
  JSON_SYNTAX: 1,
  VALUE_UNSUPPORTED: 1,
  EFFECT_UNKNOWN: 1,
  SCHEMA_MISMATCH: 1,
  RUN_STATE: 1,
  RUN_EXISTS: 1,
  QUESTION_STATE: 1,
  QUESTION_FAILED: 1,
  SESSION_STATE: 1,
  SESSIONS_DISABLED: 1,
  SESSION_EXISTS: 1,
  DEPENDENCY_FAILED: 1,
  PROMPT_CYCLE: 1,
  NO_CURRENT_SESSION: 1,
  ARTIFACT_TYPE: 1,
  MODULE_NOT_FOUND: 1,
  FILE_NOT_FOUND: 1,
  FILE_FAILED: 1,
  FUNCTION_FAILED: 1,
  FUNCTION_NOT_FOUND: 1,
  RUNTIME_CLOSED: 1,
  USAGE: 2,
  CONFIG: 3,
  SESSION_NOT_FOUND: 4,
  CONVERSATION_NOT_FOUND: 4,
  MESSAGE_NOT_FOUND: 4,
  ARTIFACT_NOT_FOUND: 4,
  RUN_NOT_FOUND: 4,
  QUESTION_NOT_FOUND: 4,
  TOOL_NOT_FOUND: 4,
  PROVIDER_NOT_FOUND: 4,
  MODEL_NOT_FOUND: 4,
  SECRET_NOT_FOUND: 4,
  AMBIGUOUS_ID: 4,
  PROVIDER_UNREACHABLE: 5,
  PROVIDER_DISCONNECTED: 5,
  PROVIDER_TIMEOUT: 5,
  PROVIDER_AUTH: 5,
  PROVIDER_RATE_LIMITED: 5,
  PROVIDER_OVERLOADED: 5,
  PROVIDER_FAILED: 5,
  PROVIDER_REFUSED: 5,
  PROVIDER_BAD_REQUEST: 5,
  PROVIDER_BAD_RESPONSE: 5,
  MODEL_UNFIT: 5,
  TOOL_ARGUMENTS: 6,
  TOOL_FAILED: 6,
  TOOL_TIMEOUT: 6,
  POLICY_DENIED: 6,
  APPROVAL_NEEDED: 6,
  REPLAY_DIVERGED: 7,
  LIMIT_SESSIONS: 8,
  LIMIT_ARTIFACTS: 8,
  LIMIT_TIME: 8,
  LIMIT_MEMORY: 8,
  LIMIT_OUTPUT: 8,
  TOO_LARGE: 8,
  CONTEXT_OVERFLOW: 8,
  LIMIT_BUDGET: 8,
  LIMIT_TOOL_CALLS: 8,
  RUN_LOCKED: 9,
  JOURNAL_CORRUPT: 10,
  SNAPSHOT_UNUSABLE: 10,
  RUN_FILE_CORRUPT: 10,
  SESSION_FILE_CORRUPT: 10,
  STORAGE_FOREIGN: 10,
  STORAGE_NEWER: 10,
  STORAGE_CORRUPT: 10,
  STORAGE_FULL: 10,
  STORAGE_READ_ONLY: 10,
  STORAGE_FAILED: 10,
  STORAGE_BUSY: 10,
  ARTIFACT_CORRUPT: 10,
  INTERNAL: 70,
  ABORTED: 130,
  STOPPED: 130,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof EXIT_STATUS;

/** Where an error happened and what else is known of it. Every field is safe to show to a user. */
export interface ErrorContext {
  /** What to do about it, one sentence. */
  readonly hint?: string | undefined;
  readonly file?: string | undefined;
  /** 1-based line in `file`. */
  readonly line?: number | undefined;
  /** 1-based column in `file`. */
  readonly column?: number | undefined;
  /** The configuration key or the argument that the error is about. */
  readonly key?: string | undefined;
  /** Stack of Lua calls, innermost first. */
  readonly traceback?: string | undefined;
  /** Facts that a program may want, such as both states of a refused transition. */
  readonly details?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly cause?: unknown;
}

/** SpellError is every error that llmspell raises on purpose. */
export class SpellError extends Error {
  readonly hint: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly key: string | undefined;
  readonly traceback: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  /**
   * @param code One of {@link ErrorCode}, or the code that a Lua script put into its own error table.
   */
  constructor(
    readonly code: ErrorCode | (string & {}),
    message: string,
    context: ErrorContext = {},
  ) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.hint = context.hint;
    this.file = context.file;
    this.line = context.line;
    this.column = context.column;
    this.key = context.key;
    this.traceback = context.traceback;
    this.details = context.details ?? {};
  }

  override get name(): string {
    return 'SpellError';
  }

  /** The exit status of a command that ends with this error. */
  get exitStatus(): number {
    return isErrorCode(this.code) ? EXIT_STATUS[this.code] : EXIT_STATUS.LUA_ERROR;
  }
}

/** True for the codes of the table above; scripts may raise tables with codes of their own. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(EXIT_STATUS, code);
}

/** Turns whatever was thrown into a {@link SpellError}; what nobody foresaw becomes `INTERNAL`. */
export function toSpellError(thrown: unknown): SpellError {
  if (thrown instanceof SpellError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof RangeError && /^Invalid (string|array|typed array) length/.test(message)) {
    return new SpellError('TOO_LARGE', 'a value would be larger than the host can hold', {
      hint: 'Hand over less at a time.',
      cause: thrown,
    });
  }
  return new SpellError('INTERNAL', message, {
    hint: 'This is a bug in llmspell; please report it with the command that led to it.',
    cause: thrown,
  });
}

/** What a runtime answers that was closed. */
export function runtimeClosed(): SpellError {
  return new SpellError('RUNTIME_CLOSED', 'the runtime was closed', {
    hint: 'Open another one with Runtime.open().',
  });
}
