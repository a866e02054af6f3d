import { systemClock } from '../../runtime/base/clock.js';
import { Secrets } from '../../runtime/base/secret.js';
import { fromPlain, type ValueMap } from '../../runtime/base/value.js';
import { builtinTools } from '../../runtime/tool/builtin/builtin-tools.js';
import { callTool } from '../../runtime/tool/call.js';
import type { Envelope } from '../../runtime/tool/envelope.js';
import { ToolRegistry } from '../../runtime/tool/registry.js';

/** Calls a built-in tool as a script would. */
export function callBuiltin(name: string, args: object): Promise<Envelope> {
  return callTool(new ToolRegistry(builtinTools), name, fromPlain(args) as ValueMap, {
    signal: new AbortController().signal,
    callId: 'call-1',
    clock: systemClock,
    secrets: new Secrets(() => undefined, []),
  });
}
