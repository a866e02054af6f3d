/** What is known of a call that was in flight when its process died. */
import { SpellError } from '../base/errors.js';
import { Abandon, type HostResult } from '../engine/engine.js';
import type { Effect, Operation } from './host-call.js';

/** What becomes of an `unsafe` call whose answer a crash has hidden. */
export type OnUnknown = 'fail' | 'retry' | 'ask';

export interface LostCall {
  readonly operation: Operation<unknown>;
  readonly args: unknown;
  readonly effect: Effect;
  /** The idempotency key that it left with. */
  readonly key: string;
}

/**
 * @returns Its answer, when that can be found out; `undefined` when it is to be made again.
 * @throws SpellError `EFFECT_UNKNOWN`
 */
export async function settle(
  { operation, args, effect, key }: LostCall,
  onUnknown: OnUnknown,
): Promise<{ readonly result: HostResult } | undefined> {
  if (effect === 'reconcilable' && operation.reconcile !== undefined) {
    const result = await operation.reconcile(args, key);
    return result === undefined ? undefined : { result };
  }
  if (effect !== 'unsafe' || onUnknown === 'retry') return undefined;
  const { op } = operation;
  const error = new SpellError(
    'EFFECT_UNKNOWN',
    `${op} was in flight when the process died: whether it took effect is not known`,
    {
      hint: 'Find out, then resume with --on-unknown retry, or catch this error in the script.',
      details: { op, key },
    },
  );
  throw onUnknown === 'ask' ? new Abandon(error) : error;
}
