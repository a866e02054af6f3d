/** Paint is the few colours that the command line uses. */
import { isatty } from 'node:tty';
import type { Environment } from '../../../config/paths.js';

export interface Paint {
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const same = (text: string) => text;

/** No colours. */
export const PLAIN: Paint = { red: same, yellow: same, cyan: same, bold: same, dim: same };

/** The colours for one of the two output streams. */
export async function paintFor(
  fd: 1 | 2,
  environment: Environment,
  noColour: boolean,
): Promise<Paint> {
  if (noColour || !wantsColour(fd, environment)) return PLAIN;
  const { default: picocolors } = await import('picocolors');
  return picocolors.createColors(true);
}

/** NO_COLOR forbids, FORCE_COLOR demands; else a terminal that understands colours has them. */
function wantsColour(fd: 1 | 2, { NO_COLOR, FORCE_COLOR, TERM }: Environment): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return TERM !== 'dumb' && isatty(fd);
}
