/** SessionSummary is a session in numbers: what was said and kept in it, by whom, and what it took. */
import type { Stores } from './services.js';
import type { MessageRecord } from './session/message-node.js';
import type { SessionRecord } from './session/session.js';
import { sessionNotFound } from './session/session-errors.js';
import type { SessionSettings } from './session/session-settings.js';

export interface UsageSummary {
  /** Answers of models that told what they took. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `null` when the price of no call is known. */
  readonly costUsd: number | null;
}

export interface ConversationSummary {
  readonly id: string;
  readonly name: string | null;
  /** Messages of users, and of assistants. */
  readonly prompts: number;
  readonly responses: number;
  readonly usage: UsageSummary;
}

export interface SessionSummary {
  readonly session: SessionRecord;
  readonly settings: SessionSettings;
  /** Responses that are kept by name. */
  readonly responses: number;
  readonly conversations: number;
  /** The active one. */
  readonly conversation: ConversationSummary | null;
  readonly messagesByRole: Readonly<Record<MessageRecord['role'], number>>;
  /** Messages that failed or could not be executed. */
  readonly failures: number;
  readonly usage: UsageSummary;
}

/** @throws SpellError `SESSION_NOT_FOUND` */
export async function summarize(
  { sessions, conversations, details }: Stores,
  id: string,
): Promise<SessionSummary> {
  const session = await sessions.get(id);
  if (session === undefined) throw sessionNotFound(id);
  const { reader } = conversations;
  const records = await reader.recordsOf(id);
  const active = await reader.conversation(id);
  const own = records.filter(({ conversation }) => conversation === active?.id);
  const byRole = { system: 0, user: 0, assistant: 0, tool: 0 };
  for (const { role } of records) byRole[role] += 1;
  return {
    session,
    settings: await details.settings(id),
    responses: (await details.responses(id)).length,
    conversations: (await reader.conversations(id)).length,
    conversation:
      active === undefined
        ? null
        : {
            id: active.id,
            name: active.name,
            prompts: own.filter(({ role }) => role === 'user').length,
            responses: own.filter(({ role }) => role === 'assistant').length,
            usage: usageOf(own),
          },
    messagesByRole: byRole,
    failures: records.filter(({ status }) => status === 'failed' || status === 'blocked').length,
    usage: usageOf(records),
  };
}

function usageOf(records: readonly MessageRecord[]): UsageSummary {
  const usages = records.flatMap(({ usage }) => usage ?? []);
  const costs = usages.flatMap(({ costUsd }) => costUsd ?? []);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    calls: usages.length,
    inputTokens: sum(usages.map(({ inputTokens }) => inputTokens)),
    outputTokens: sum(usages.map(({ outputTokens }) => outputTokens)),
    costUsd: costs.length === 0 ? null : sum(costs),
  };
}
