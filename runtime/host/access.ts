/** Access is the question whether a call may be made. The program that opened the runtime answers it. */
import { SpellError } from '../base/errors.js';

/** AccessRequest is what the program is told of a call before it is made. What the call does not mean is absent. */
export interface AccessRequest {
  /** The call, such as `artifact.store`. */
  readonly op: string;
  readonly kind: 'read' | 'write' | 'execute';
  /** The session that is meant; absent for calls about several, and for a new one without an id of its own. */
  readonly session?: string;
  /** The tool that is to be executed. */
  readonly tool?: string;
  /** The scope of a value of `State`. */
  readonly scope?: string;
  /** The key of a value of `State`. */
  readonly key?: string;
  /** Who the call is made for; `null` when nobody was named. */
  readonly actor: string | null;
  /** The run that makes the call; `null` for the program itself. */
  readonly run: string | null;
}

/**
 * Authorize decides about one call. Only `true` lets it pass: an answer that was forgotten must not open anything. What
 * it throws refuses the call too, and says why.
 */
export type Authorize = (request: AccessRequest) => boolean | Promise<boolean>;

/** CallTarget is what a call is about, as far as its arguments tell. */
export type CallTarget = {
  readonly [K in 'session' | 'tool' | 'scope' | 'key']?: string | undefined;
};

/** Caller is who makes a call. */
export type Caller = Pick<AccessRequest, 'actor' | 'run'>;

/** @throws SpellError `POLICY_DENIED` */
export async function requireAccess(
  authorize: Authorize,
  call: Pick<AccessRequest, 'op' | 'kind'>,
  target: CallTarget,
  { actor, run }: Caller,
): Promise<void> {
  const known = Object.entries(target).filter(([, value]) => value !== undefined);
  const request: AccessRequest = { ...call, ...Object.fromEntries(known), actor, run };
  let answer: unknown;
  try {
    answer = await authorize(request);
  } catch (thrown) {
    throw refusal(request, thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
  if (answer === true) return;
  const isForgotten = answer !== false;
  throw refusal(request, isForgotten ? `authorize answered ${typeof answer}, not true` : undefined);
}

function refusal(request: AccessRequest, reason: string | undefined, cause?: unknown): SpellError {
  const { op, kind, session, tool, actor } = request;
  const who = actor === null ? '' : ` to ${actor}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return new SpellError('POLICY_DENIED', `${op} is not allowed${who}${why}`, {
    hint: 'The function authorize of the program that runs the script decides.',
    details: {
      op,
      kind,
      ...(session === undefined ? {} : { session }),
      ...(tool === undefined ? {} : { tool }),
      ...(actor === null ? {} : { actor }),
    },
    cause,
  });
}
