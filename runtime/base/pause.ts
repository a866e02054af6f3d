import { MAX_TIMER_MS } from './max-timer.js';
import { whenAborted } from './when-aborted.js';

/** Waits; rejects with the signal's reason when it is aborted first. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  for (let left = ms; left > 0; left -= MAX_TIMER_MS) {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(finish, Math.min(left, MAX_TIMER_MS));
      function finish() {
        forget();
        resolve();
      }
      const forget = whenAborted(signal, () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    });
  }
}
