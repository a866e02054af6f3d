/** RunEvent is one line of a run's story, as `--jsonl`, embedders and viewers read it. */
import { isUtf8 } from 'node:buffer';
import type { PlainValue } from '../base/value.js';
import type { Announcement } from '../journal/journal-event.js';
import type { LogLevel } from './log-entry.js';

/** Fields that every event has. */
export interface RunEventHeader {
  /** Version of this type. */
  readonly v: 1;
  /** Position in the run, from 1. */
  readonly seq: number;
  /** ISO time. */
  readonly at: string;
  readonly run: string;
  /** `0` is the script itself. */
  readonly branch: string;
}

/** Text that a script wrote; bytes that are not UTF-8 as base64. */
export type OutputText = string | { readonly base64: string };

export interface RunError {
  readonly code: string;
  readonly message: string;
}

export type RunEventBody =
  | { readonly type: 'run.start'; readonly script: string; readonly args: readonly string[] }
  | { readonly type: 'stdout' | 'stderr'; readonly text: OutputText }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields?: PlainValue;
    }
  | { readonly type: 'call.start'; readonly call: number; readonly op: string }
  | {
      readonly type: 'call.end';
      readonly call: number;
      readonly op: string;
      readonly error?: RunError;
    }
  | Announcement
  /** The VM was put away until the answer comes; `until` is when it does at the latest, if that is known. */
  | { readonly type: 'sleep'; readonly until: string | null }
  | { readonly type: 'wake' }
  | { readonly type: 'run.end'; readonly status: RunStatus; readonly error?: RunError };

export type RunEvent = RunEventHeader & RunEventBody;

/** How a run ended in this process; one that sleeps is gone on with when what it waits for is there. */
export type RunStatus = 'completed' | 'failed' | 'interrupted' | 'limit' | 'sleeping';

export function outputText(bytes: Uint8Array): OutputText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString('utf8') : { base64: buffer.toString('base64') };
}
