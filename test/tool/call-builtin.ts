import { systemClock } from '../../runtime/base/clock.js';
import { Secrets } from '../../runtime/base/secret.js';
import { fromPlain, type PlainValue, toPlain, type ValueMap } from '../../runtime/base/value.js';
import { builtinTools } from '../../runtime/tool/builtin/builtin-tools.js';
import { callTool } from '../../runtime/tool/call.js';
import type { Envelope, ToolError } from '../../runtime/tool/envelope.js';
import { ToolRegistry } from '../../runtime/tool/registry.js';

export interface CallSettings {
  readonly timeoutMs?: number;
  /** What the runtime's clock says. */
  readonly now?: number;
}

/** Calls a built-in tool as a script would. */
export function callBuiltin(
  name: string,
  args: object,
  { timeoutMs, now }: CallSettings = {},
): Promise<Envelope> {
  return callTool(new ToolRegistry(builtinTools), name, fromPlain(args) as ValueMap, {
    signal: new AbortController().signal,
    callId: 'call-1',
    clock: now === undefined ? systemClock : { ...systemClock, now: () => now },
    secrets: new Secrets(() => undefined, []),
    timeoutMs,
  });
}

/** What a call gives, as plain values; the test fails where it gives an error. */
export async function resultOf(
  name: string,
  args: object,
  settings?: CallSettings,
): Promise<PlainValue> {
  const envelope = await callBuiltin(name, args, settings);
  if (!envelope.success) throw new Error(`${envelope.error.code}: ${envelope.error.message}`);
  return toPlain(envelope.result);
}

/** The error of a call that is meant to fail. */
export async function errorOf(
  name: string,
  args: object,
  settings?: CallSettings,
): Promise<ToolError> {
  const envelope = await callBuiltin(name, args, settings);
  if (envelope.success) throw new Error('no error was given');
  return envelope.error;
}
