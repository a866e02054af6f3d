/**
 * What a program has its runtime do around the operations of scripts: ask whether a call may be made, take out of data
 * what must not be stored, and measure. All of it happens when a call is made in truth, so a replay asks nobody.
 */
import type { Clock } from '../base/clock.js';
import { toSpellError } from '../base/errors.js';
import type { Redactor } from '../base/redactor.js';
import { Abandon, type HostResult, Results } from '../engine/engine.js';
import { type AccessRequest, type Authorize, type Caller, requireAccess } from './access.js';
import type { CallContext, HostCallKind, Operation } from './host-call.js';
import type { OperationTimes } from './operation-times.js';

export interface CallRules {
  readonly authorize: Authorize | undefined;
  readonly redactor: Redactor | undefined;
  readonly times: OperationTimes;
  readonly clock: Clock;
}

const ACCESS: Readonly<Partial<Record<HostCallKind, AccessRequest['kind']>>> = {
  state: 'read',
  store: 'write',
  external: 'execute',
};

/** The operation as `caller` may use it. */
export function guardOperation<A>(
  operation: Operation<A>,
  rules: CallRules,
  caller: Caller,
): Operation<A> {
  const kind = ACCESS[operation.kind];
  if (kind === undefined) return operation;
  const { authorize, redactor } = rules;
  const { op, target } = operation;
  const measured = withTimes(operation, rules);
  const redacted = redactor === undefined ? measured : withRedaction(measured, redactor);
  if (authorize === undefined || target === undefined) return redacted;
  return {
    ...redacted,
    admit: (args, { state }) => requireAccess(authorize, { op, kind }, target(args, state), caller),
  };
}

function withTimes<A>(operation: Operation<A>, { times, clock }: CallRules): Operation<A> {
  return {
    ...operation,
    perform: (args, context) => {
      const start = clock.monotonic();
      const note = (hasFailed: boolean) =>
        times.add(operation.op, clock.monotonic() - start, hasFailed);
      return finish(
        () => operation.perform(args, context),
        (result) => {
          note(false);
          return result;
        },
        (thrown) => {
          note(true);
          return thrown;
        },
      );
    },
  };
}

/** What comes from outside is redacted before Lua sees it: what Lua knows is in the photographs of its memory. */
function withRedaction<A>(operation: Operation<A>, redactor: Redactor): Operation<A> {
  const { reconcile, kind, shown: part } = operation;
  const isForeign = kind === 'external' || operation.foreign === true;
  const shown = (result: HostResult) => (isForeign ? redactResult(result, redactor) : result);
  return {
    ...operation,
    shown: (args) => redactor.value(part === undefined ? args : part(args), 'record'),
    perform: (args, context) => {
      const checkpoint: CallContext['checkpoint'] = ({ data, ...label }) =>
        context.checkpoint({ ...label, data: redactor.value(data, 'state') });
      const announce: CallContext['announce'] = (event) =>
        context.announce(isForeign ? redactor.value(event, 'input') : event);
      const decided: CallContext['decided'] = (decision) =>
        context.decided(redactor.value(decision, 'record'));
      return finish(
        () => operation.perform(args, { ...context, checkpoint, announce, decided }),
        shown,
        (thrown) => redactError(thrown, redactor),
      );
    },
    ...(reconcile === undefined
      ? {}
      : {
          reconcile: async (args, key) => {
            const found = await reconcile(args, key);
            return found === undefined ? undefined : shown(found);
          },
        }),
  };
}

function redactResult(result: HostResult, redactor: Redactor): HostResult {
  if (!(result instanceof Results)) return redactor.value(result, 'input');
  return new Results(...redactor.value(result.values, 'input'));
}

function redactError(thrown: unknown, redactor: Redactor): unknown {
  return thrown instanceof Abandon ? thrown : redactor.error(toSpellError(thrown));
}

/** Does work that answers now or later, and something with its answer or its error. */
function finish(
  work: () => HostResult | Promise<HostResult>,
  succeed: (result: HostResult) => HostResult,
  fail: (thrown: unknown) => unknown,
): HostResult | Promise<HostResult> {
  const rethrow = (thrown: unknown): never => {
    throw fail(thrown);
  };
  let result: HostResult | Promise<HostResult>;
  try {
    result = work();
  } catch (thrown) {
    return rethrow(thrown);
  }
  return result instanceof Promise ? result.then(succeed, rethrow) : succeed(result);
}
