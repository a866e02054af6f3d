import type { HostValue } from '../base/value.js';

/** Envelope is the result of every tool call: the one shape that scripts, models and the command line see. */
export type Envelope = Success | Failure;

export type Success = {
  readonly success: true;
  readonly result: HostValue;
  /** The `operation` among the arguments, where there is one. */
  readonly operation?: string;
  /** Whole milliseconds. */
  readonly duration_ms: number;
};

export type Failure = {
  readonly success: false;
  readonly error: ToolError;
  readonly operation?: string;
  readonly duration_ms: number;
};

export type ToolError = {
  /** A stable code, see `runtime/base/errors.ts`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: { readonly [key: string]: string | number | boolean };
};
