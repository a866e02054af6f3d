/** PromptApi is prompts that are executed: one after the other, side by side, or in the order that they ask for. */
import { AskApi } from './ask-api.js';
import type { PlainValue } from './base/value.js';
import { listOf, type ResponseUsage, type UsageTable, usageFrom } from './generate-response.js';
import { type ExecutionOptions, executionFields, type Prompt, promptFields } from './prompt.js';
import type { NodeStatus } from './session/message-node.js';

export interface PromptOptions extends ExecutionOptions {
  /** Names of the same list, or ids of messages, for every prompt. */
  readonly dependencies?: string | readonly string[];
  /**
   * What a prompt becomes when something that it needs has no answer: blocked (`fail`, the default), skipped, or
   * executed without it.
   */
  readonly onDependencyFailure?: 'fail' | 'skip' | 'continue';
  /** Aborting it ends the call with `ABORTED`. */
  readonly signal?: AbortSignal;
}

export interface ParallelOptions extends PromptOptions {
  /** The most prompts that are executed at once; all when absent. */
  readonly maxParallel?: number;
  readonly onProgress?: (
    done: number,
    total: number,
    status: ExecutionStatus,
  ) => void | Promise<void>;
}

/** How the execution of a prompt goes. */
export interface ExecutionStatus {
  readonly nodeId: string;
  readonly name: string | null;
  readonly status: NodeStatus;
  /** To the second. */
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly groupId: string | null;
  readonly dependencies: readonly string[];
  readonly provider: string | null;
  readonly model: string | null;
  readonly usage: ResponseUsage | null;
  readonly attempts: number | null;
}

/** A prompt that was executed. As a text it is the answer. */
export interface ExecutedPrompt extends ExecutionStatus {
  /** The answer; empty when the prompt was skipped. */
  readonly text: string;
  toString(): string;
}

export interface ExecutedPrompts {
  /** The messages with the answers, in the order of the list. */
  readonly ids: readonly string[];
  readonly groupId: string;
}

/** How the prompts go that were executed together. */
export interface GroupStatus {
  readonly groupId: string;
  readonly total: number;
  readonly pending: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly blocked: number;
  /** From 0 to 1. */
  readonly progress: number;
  /** Nothing is pending or running. */
  readonly done: boolean;
  readonly nodes: readonly Pick<ExecutionStatus, 'nodeId' | 'name' | 'status' | 'error'>[];
}

const EXECUTE = `local id = Session.executePrompt(given.a1, given.a2, given.a3)
return Session.executionStatus(given.a1, id), Session.getMessage(given.a1, id).content`;

export class PromptApi extends AskApi {
  /**
   * Executes a prompt after what it depends on; the answer becomes the last message of the conversation.
   *
   * @throws SpellError the error of a prompt that failed, and `DEPENDENCY_FAILED` when something that it needs has no
   * answer.
   */
  async executePrompt(
    id: string,
    prompt: string | Prompt,
    options: PromptOptions = {},
  ): Promise<ExecutedPrompt> {
    const args = [id, this.#prompt(prompt), this.#options(options)];
    const { calls } = this.services;
    const found = await calls.resultsOf('Session.executePrompt', EXECUTE, args, options);
    const text = String(found[1] ?? '');
    return { ...statusFrom(found[0]), text, toString: () => text };
  }

  /**
   * Executes prompts side by side, each once all that it depends on is over. A prompt that fails throws nothing: its
   * status tells.
   *
   * @throws SpellError `PROMPT_CYCLE`, `FUNCTION_FAILED` of `onProgress`
   *
   * @example
   * ```ts
   * const { ids } = await runtime.sessions.executeParallel(
   *   session.id,
   *   [
   *     { name: 'facts', userPrompt: 'What is known of Bern?' },
   *     { name: 'plan', userPrompt: 'Plan a day. {{facts}}', dependsOn: 'facts' },
   *   ],
   *   { maxParallel: 2, onProgress: (done, total) => console.log(`${done}/${total}`) },
   * );
   * ```
   */
  async executeParallel(
    id: string,
    prompts: readonly (string | Prompt)[],
    options: ParallelOptions = {},
  ): Promise<ExecutedPrompts> {
    const { onProgress, maxParallel } = options;
    const told = (done: number, total: number, status: PlainValue) =>
      onProgress?.(done, total, statusFrom(status));
    const fields = {
      ...this.#options(options),
      max_parallel: maxParallel,
      on_progress: onProgress && told,
    };
    const args = [id, prompts.map((prompt) => this.#prompt(prompt)), fields];
    const { calls } = this.services;
    const [ids, groupId] = await calls.results('Session.executeParallel', args, options);
    return { ids: listOf(ids as string[]), groupId: String(groupId) };
  }

  /** `undefined` when there is no such message. */
  async executionStatus(id: string, node: string): Promise<ExecutionStatus | undefined> {
    const [status] = await this.services.calls.read('Session.executionStatus', [id, node]);
    return status === undefined ? undefined : statusFrom(status);
  }

  /** `undefined` when there is no such group. */
  async groupStatus(id: string, group: string): Promise<GroupStatus | undefined> {
    const [found] = await this.services.calls.read('Session.groupStatus', [id, group]);
    if (found === undefined) return undefined;
    const { group_id: groupId, nodes, ...counts } = found as unknown as GroupTable;
    return { ...counts, groupId, nodes: nodes.map(statusFrom) };
  }

  /**
   * In which order prompts are executed: levels, each of which needs only earlier ones. Names of the prompts (their
   * positions where they have none); without a list the ids of the prompts that the session has executed.
   *
   * @throws SpellError `PROMPT_CYCLE`
   */
  async executionPlan(
    id: string,
    prompts?: readonly (string | Prompt)[],
  ): Promise<readonly (readonly string[])[]> {
    const list = prompts?.map((prompt) => this.#prompt(prompt));
    const [levels] = await this.services.calls.read('Session.executionPlan', [id, list]);
    return listOf(levels as string[][]);
  }

  /**
   * Waits until a prompt that somebody else executes is over; `undefined` when `timeoutMs` are over before.
   *
   * @throws SpellError `MESSAGE_NOT_FOUND`, `ABORTED`
   */
  async awaitNode(
    id: string,
    node: string,
    { timeoutMs, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<ExecutionStatus | undefined> {
    const options = { timeout: timeoutMs === undefined ? undefined : timeoutMs / 1000 };
    const { calls } = this.services;
    const [status] = await calls.read('Session.await', [id, node, options], { signal });
    return status === undefined ? undefined : statusFrom(status);
  }

  #prompt(prompt: string | Prompt): unknown {
    return typeof prompt === 'string' ? prompt : promptFields(this.services, prompt);
  }

  #options(options: PromptOptions) {
    return {
      ...executionFields(this.services, options),
      dependencies: options.dependencies,
      on_dependency_failure: options.onDependencyFailure,
    };
  }
}

interface GroupTable extends Omit<GroupStatus, 'groupId' | 'nodes'> {
  readonly group_id: string;
  readonly nodes: readonly PlainValue[];
}

interface StatusTable {
  readonly node_id: string;
  readonly name?: string;
  readonly status: NodeStatus;
  readonly started_at?: number;
  readonly completed_at?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly group_id?: string;
  readonly dependencies?: readonly string[];
  readonly provider?: string;
  readonly model?: string;
  readonly usage?: UsageTable;
  readonly attempts?: number;
}

function statusFrom(given: PlainValue): ExecutionStatus {
  const table = given as unknown as StatusTable;
  return {
    nodeId: table.node_id,
    name: table.name ?? null,
    status: table.status,
    startedAt: dateFrom(table.started_at),
    completedAt: dateFrom(table.completed_at),
    error: table.error ?? null,
    groupId: table.group_id ?? null,
    dependencies: listOf(table.dependencies),
    provider: table.provider ?? null,
    model: table.model ?? null,
    usage: table.usage === undefined ? null : usageFrom(table.usage),
    attempts: table.attempts ?? null,
  };
}

function dateFrom(seconds: number | undefined): Date | null {
  return seconds === undefined ? null : new Date(seconds * 1000);
}
