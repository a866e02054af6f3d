import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';
import { MAX_TIMER_MS } from '../base/max-timer.js';
import type { Secrets } from '../base/secret.js';
import type { HostValue } from '../base/value.js';
import { whenAborted } from '../base/when-aborted.js';
import { checkArguments } from './arguments.js';
import { CallEnd } from './call-end.js';
import type { Envelope, ToolError } from './envelope.js';
import { closedMachine, type MachineAccess } from './machine.js';
import type { ToolRegistry } from './registry.js';
import { SecretUse } from './secret-use.js';
import type { Tool, ToolArguments, ToolContext } from './tool.js';
import { type ToolLimit, type ToolLimits, UNLIMITED } from './tool-limits.js';

export interface CallContext extends Pick<ToolContext, 'signal' | 'callId' | 'idempotencyKey'> {
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Nothing of the machine is open when absent. */
  readonly machine?: MachineAccess | undefined;
  readonly limits?: ToolLimits | undefined;
  /** Milliseconds; takes the place of the tool's own limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Calls a tool. Misuse is thrown, whatever goes wrong while the tool works is an envelope with an error.
 *
 * @throws SpellError `TOOL_NOT_FOUND`, `TOOL_ARGUMENTS`, and `ABORTED` (or the signal's own error) when the signal
 * aborts.
 */
export async function callTool(
  registry: ToolRegistry,
  name: string,
  given: ToolArguments,
  context: CallContext,
): Promise<Envelope> {
  const tool = registry.get(name);
  const args = await checkArguments(tool, given);
  if (context.signal.aborted) throw aborted(context.signal);
  const operation = args.get('operation');
  const start = context.clock.monotonic();
  const outcome = await settle(tool, args, context);
  return {
    ...outcome,
    ...(typeof operation === 'string' ? { operation } : {}),
    duration_ms: Math.max(0, Math.round(context.clock.monotonic() - start)),
  };
}

type Outcome =
  | { readonly success: true; readonly result: HostValue }
  | { readonly success: false; readonly error: ToolError };

async function settle(tool: Tool, args: ToolArguments, context: CallContext): Promise<Outcome> {
  const use = new SecretUse(context.secrets);
  try {
    context.limits?.count(tool.name);
    const result = await execute(tool, args, context, use);
    return { success: true, result: use.scrubbed(result) };
  } catch (error) {
    if (context.signal.aborted) throw aborted(context.signal);
    return { success: false, error: use.scrubbed(toolError(error)) };
  }
}

/** The tool's result, or its failure, or the end of the time, or the abort: whatever comes first. */
async function execute(
  tool: Tool,
  args: ToolArguments,
  context: CallContext,
  { value: secret }: SecretUse,
): Promise<HostValue> {
  const { signal, callId, idempotencyKey, clock } = context;
  const allowed = context.limits?.of(tool.name) ?? UNLIMITED;
  const machine = context.machine ?? closedMachine().seenBy(() => {});
  const timeoutMs = shortest(tool, context, allowed);
  const end = new CallEnd();
  const forget = whenAborted(signal, () => end.come(signal.reason));
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => end.come(tooLate(tool, timeoutMs)), Math.min(timeoutMs, MAX_TIMER_MS));
  try {
    const now = () => clock.now();
    const own = {
      get signal() {
        return end.signal;
      },
      callId,
      idempotencyKey,
      now,
      secret,
      machine,
      limit: allowed,
    };
    return await end.orEarlier(async () => tool.execute(args, own));
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** The configuration's limit takes the place of the tool's own; no caller can go beyond it. */
function shortest(
  tool: Tool,
  { timeoutMs }: CallContext,
  { timeoutMs: configured }: ToolLimit,
): number | undefined {
  const own = timeoutMs ?? configured ?? tool.timeoutMs;
  return own === undefined || configured === undefined ? own : Math.min(own, configured);
}

function tooLate(tool: Tool, timeoutMs: number): SpellError {
  return new SpellError(
    'TOOL_TIMEOUT',
    `the tool "${tool.name}" took longer than ${timeoutMs} ms`,
    {
      details: { tool: tool.name, timeout_ms: timeoutMs },
    },
  );
}

function aborted(signal: AbortSignal): SpellError {
  const reason: unknown = signal.reason;
  if (reason instanceof SpellError) return reason;
  return new SpellError('ABORTED', 'the tool call was aborted', { cause: reason });
}

function toolError(thrown: unknown): ToolError {
  if (!(thrown instanceof SpellError)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { code: 'TOOL_FAILED', message };
  }
  const { line, column, details: more } = thrown;
  const details = {
    ...more,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
  return {
    code: thrown.code,
    message: thrown.message,
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}
