/** ToolApi is tools as programs that embed the runtime use them: the registry, and calls with plain values. */
import type { Clock } from './base/clock.js';
import type { IdSource } from './base/ids.js';
import type { Secrets } from './base/secret.js';
import { fromPlain, type PlainValue, toPlain } from './base/value.js';
import type { ProgramAccess } from './program-access.js';
import { callTool } from './tool/call.js';
import type { Failure, Success } from './tool/envelope.js';
import type { Machine } from './tool/machine.js';
import { ToolRegistry } from './tool/registry.js';
import type { Tool, ToolArguments } from './tool/tool.js';
import type { ToolLimits } from './tool/tool-limits.js';
import type { ToolPolicy } from './tool/tool-policy.js';
import type { ToolSource } from './tool/tool-source.js';

/** ToolResult is the envelope of a tool call with a plain result. */
export type ToolResult = (Omit<Success, 'result'> & { readonly result: PlainValue }) | Failure;

export interface ExecuteToolOptions {
  /** Aborting it ends the call with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Milliseconds; takes the place of the tool's own limit. */
  readonly timeoutMs?: number;
  /** The same for every attempt at one call. */
  readonly idempotencyKey?: string;
  /** Someone has agreed to the call, where `approve_tools` asks for that. */
  readonly approved?: boolean;
}

export interface ToolApiParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly policy: ToolPolicy;
  readonly secrets: Secrets;
  readonly machine: Machine;
  readonly limits: ToolLimits;
  readonly access: ProgramAccess;
}

export class ToolApi extends ToolRegistry {
  constructor(
    tools: () => Iterable<Tool>,
    private readonly parts: ToolApiParts,
    sources: readonly ToolSource[] = [],
  ) {
    super(tools, sources);
  }

  /**
   * Calls a tool as a script would. What goes wrong while it works is a result with `success: false`.
   *
   * @throws SpellError `TOOL_NOT_FOUND`, `TOOL_ARGUMENTS`, `POLICY_DENIED`, `APPROVAL_NEEDED`, `ABORTED`
   */
  async execute(
    name: string,
    args: Readonly<Record<string, unknown>> = {},
    options: ExecuteToolOptions = {},
  ): Promise<ToolResult> {
    const { signal = new AbortController().signal, timeoutMs, idempotencyKey, approved } = options;
    const { clock, ids, policy, access, secrets, limits, machine } = this.parts;
    // What is refused starts no server.
    if (!name.includes('/')) this.get(name);
    await access.require('tool.execute', 'execute', { tool: name });
    policy.check(name, approved);
    await this.load(name);
    const given = fromPlain(args) as ToolArguments;
    const callId = ids.next();
    const context = {
      clock,
      secrets,
      limits,
      // What a program does itself is in no record.
      machine: machine.seenBy(() => {}),
      signal,
      callId,
      idempotencyKey: idempotencyKey ?? callId,
      timeoutMs,
    };
    const { duration_ms, operation, ...outcome } = await callTool(this, name, given, context);
    const rest = { ...(operation === undefined ? {} : { operation }), duration_ms };
    if (!outcome.success) return { ...outcome, ...rest };
    return { ...outcome, result: toPlain(outcome.result), ...rest };
  }
}
