/** The operating system's name for who calls the command: runs are recorded as theirs. */
import { userInfo } from 'node:os';

/** `undefined` for a user that the system has no name for, as in some containers. */
export function userName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
