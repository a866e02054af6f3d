/** The `State` global: values that scripts share across runs, by scope and key, or by key alone (scope `global`). */
import type { Value } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { CallTarget } from '../../../runtime/host/access.js';
import type { Operation } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import type { Transaction } from '../../../runtime/storage/transaction.js';
import { isAbsent, optionalText, text, value } from '../arguments.js';

const GLOBAL_SCOPE = 'global';

interface Place {
  readonly scope: string;
  readonly key: string;
}

type NewState = Place & { readonly data: Value };

export function stateModule(services: Services): GlobalFunction[] {
  const define = <A>(
    name: string,
    kind: 'state' | 'store',
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
  ) =>
    globalFunction<A>({
      path: `State.${name}`,
      parse,
      operation: { op: `state.${name}`, kind, waits: true, target, perform },
    });
  const load = ({ scope, key }: Place) => {
    const states = services.openedStores()?.states;
    if (states !== undefined) return states.load(scope, key);
    return services.stores().then((stores) => stores.states.load(scope, key));
  };
  const save: Operation<NewState>['perform'] = async ({ scope, key, data }, call) => {
    const { states } = await services.stores();
    const change = async (tx: Transaction) => {
      if (data === undefined) await states.remove(tx, scope, key);
      else states.save(tx, scope, key, data);
    };
    return call.commit(change, () => true);
  };
  const keys = async (scope: string) => (await services.stores()).states.keys(scope);
  return [
    define('save', 'store', scopedValue, save),
    define('set', 'store', globalValue, save),
    define('load', 'state', scopedKey, load),
    define('get', 'state', globalKey, load),
    define('delete', 'store', anyKey, async ({ scope, key }, call) => {
      const { states } = await services.stores();
      return call.commit(
        (tx) => states.remove(tx, scope, key),
        (removed) => removed,
      );
    }),
    define('list_keys', 'state', scopeOnly, keys),
    define('list', 'state', scopeOnly, keys),
  ];
}

/** The value that a call is about, or the scope whose keys it lists. */
function target(place: unknown): CallTarget {
  if (typeof place === 'string') return { scope: place };
  const { scope, key } = place as Place;
  return { scope, key };
}

function scopedKey(args: HostArguments): Place {
  return { scope: text(args, 1), key: text(args, 2) };
}

function globalKey(args: HostArguments): Place {
  return { scope: GLOBAL_SCOPE, key: text(args, 1) };
}

/** `State.delete(scope, key)`, or `State.delete(key)`. */
function anyKey(args: HostArguments): Place {
  return isAbsent(args, 2) ? globalKey(args) : scopedKey(args);
}

function scopedValue(args: HostArguments): NewState {
  return { ...scopedKey(args), data: value(args, 3) };
}

function globalValue(args: HostArguments): NewState {
  return { ...globalKey(args), data: value(args, 2) };
}

function scopeOnly(args: HostArguments): string {
  return optionalText(args, 1) ?? GLOBAL_SCOPE;
}
