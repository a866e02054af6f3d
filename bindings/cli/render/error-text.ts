/** Errors and warnings as people read them. */
import type { SpellError } from '../../../runtime/base/errors.js';
import { type Paint, PLAIN } from './paint.js';
import { printable } from './printable.js';

/**
 * An error on lines of its own: where it is, what it is and its code; then the hint, then the stack of Lua calls.
 *
 * @example
 * ```text
 * error: report.lua:12: session "x" does not exist [SESSION_NOT_FOUND]
 *   hint: See `llmspell session list`, or Session.list() in Lua, for the sessions that do.
 *     report.lua:12: in main chunk
 * ```
 */
export function errorText(error: SpellError, paint: Paint = PLAIN): string {
  const message = printable(error.message);
  const code = paint.dim(`[${printable(error.code)}]`);
  const lines = [`${paint.red('error:')} ${place(error)}${message} ${code}`];
  if (error.hint !== undefined) lines.push(`  ${paint.cyan('hint:')} ${printable(error.hint)}`);
  for (const frame of error.traceback?.split('\n') ?? []) {
    lines.push(paint.dim(`    ${printable(frame)}`));
  }
  return `${lines.join('\n')}\n`;
}

function place({ file, line, column }: SpellError): string {
  if (file === undefined) return '';
  const position = [file, line, column].filter((part) => part !== undefined);
  return `${printable(position.join(':'))}: `;
}
