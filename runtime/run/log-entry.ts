/** LogEntry is what a script says to whoever looks after it, and not to whoever reads its output. */
import { type PlainValue, toPlain, type Value } from '../base/value.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** Data as JSON has it. */
  readonly fields?: PlainValue;
}

/** Logger hears what scripts log; `console` is one. */
export type Logger = {
  readonly [Level in LogLevel]: (message: string, fields?: PlainValue) => void;
};

/** Whether something of a level is said where `least` is the lowest that is wanted. */
export function isLogged(level: LogLevel, least: LogLevel | 'off'): boolean {
  return least !== 'off' && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** Any data as JSON has it, with keys in order: large integers and bytes are text, what is no number is null. */
export function logFields(value: Value): PlainValue {
  return JSON.parse(JSON.stringify(toPlain(value), inOrder)) as PlainValue;
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An entry on the standard error. */
export function logLine({ level, message, fields }: LogEntry): string {
  const data = fields === undefined ? '' : ` ${JSON.stringify(fields)}`;
  return `[${level}] ${message}${data}\n`;
}
