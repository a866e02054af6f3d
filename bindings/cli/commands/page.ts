/** Pages of lists: how much is shown, and how to go on. */
import type { Options } from '../option.js';
import type { Terminal } from '../render/terminal.js';

const DEFAULT_LIMIT = 50;

export function pageOptions(options: Options): { limit: number; cursor: string | undefined } {
  return { limit: options.count('limit') ?? DEFAULT_LIMIT, cursor: options.text('cursor') };
}

export function printNext(terminal: Terminal, next: string | null | undefined): void {
  if (next) terminal.note(`there are more: --cursor ${next}`);
}
