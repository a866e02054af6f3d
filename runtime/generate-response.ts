/** GenerateResponse is an answer of a model as programs get it. As a text it is what the model said. */
import { fromPlain, type PlainValue } from './base/value.js';
import { type Message, type Part, type ToolCallPart, textOf } from './provider/message.js';
import type { FailedAttempt, GenerateResponse as ModelAnswer } from './provider/model-call.js';
import type { FinishReason, Usage } from './provider/provider.js';
import { partsFromData } from './session/message-parts.js';

export interface ResponseUsage extends Usage {
  readonly totalTokens: number;
}

/** A call of a tool that was made. */
export interface MadeCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, PlainValue>>;
  /** What the model was told. */
  readonly content: string;
  readonly isError: boolean;
}

/** What became of a conversation that was compacted. */
export interface CompactResult {
  readonly summary: string;
  /** The message that holds it. */
  readonly messageId: string;
  /** Messages that it stands for. */
  readonly summarized: number;
  /** Messages behind it. */
  readonly kept: number;
  /** For `setHead`, which takes it back. */
  readonly previousHead: string;
  readonly usage: ResponseUsage;
}

interface ResponseFields {
  readonly message: Message;
  readonly provider: string;
  readonly model: string;
  readonly modelId: string;
  readonly finishReason: FinishReason;
  readonly usage: ResponseUsage;
  readonly cost: number | null;
  readonly id: string;
  readonly warnings: readonly string[];
  readonly failures: readonly FailedAttempt[];
  readonly data?: PlainValue;
  readonly repaired?: boolean;
  readonly dropped?: { readonly messages: number; readonly tokens: number } | null;
  readonly compacted?: CompactResult | null;
  readonly sessionId?: string | null;
  readonly messageId?: string | null;
  readonly toolCallsMade?: readonly MadeCall[];
  readonly rounds?: number;
}

export class GenerateResponse {
  /** What goes wrong is thrown. */
  readonly success = true;
  readonly message: Message;
  /** Who answered. */
  readonly provider: string;
  /** As its server calls it. */
  readonly model: string;
  /** `type:name`, such as `openai:gpt-4.1`. */
  readonly modelId: string;
  readonly finishReason: FinishReason;
  readonly usage: ResponseUsage;
  /** USD; `null` when a price is not known. */
  readonly cost: number | null;
  /** The server's name for the answer. */
  readonly id: string;
  readonly warnings: readonly string[];
  /** The attempts that failed before. */
  readonly failures: readonly FailedAttempt[];
  /** What the answer says, when a schema was given. */
  readonly data: PlainValue;
  /** The first answer did not fit the schema. */
  readonly repaired: boolean;
  /** What was left out since the window is too small. */
  readonly dropped: { readonly messages: number; readonly tokens: number } | null;
  readonly compacted: CompactResult | null;
  readonly sessionId: string | null;
  /** The answer's in the session. */
  readonly messageId: string | null;
  /** The calls of tools that led to the answer. */
  readonly toolCallsMade: readonly MadeCall[];
  /** Answers with calls of tools before this one. */
  readonly rounds: number;

  constructor(fields: ResponseFields) {
    this.message = fields.message;
    this.provider = fields.provider;
    this.model = fields.model;
    this.modelId = fields.modelId;
    this.finishReason = fields.finishReason;
    this.usage = fields.usage;
    this.cost = fields.cost;
    this.id = fields.id;
    this.warnings = fields.warnings;
    this.failures = fields.failures;
    this.data = fields.data;
    this.repaired = fields.repaired ?? false;
    this.dropped = fields.dropped ?? null;
    this.compacted = fields.compacted ?? null;
    this.sessionId = fields.sessionId ?? null;
    this.messageId = fields.messageId ?? null;
    this.toolCallsMade = fields.toolCallsMade ?? [];
    this.rounds = fields.rounds ?? 0;
  }

  get text(): string {
    return textOf(this.message);
  }

  /** The same as `text`. */
  get content(): string {
    return this.text;
  }

  get parts(): readonly Part[] {
    return this.message.parts;
  }

  /** The calls of tools that the model wants. */
  get toolCalls(): readonly ToolCallPart[] {
    return this.parts.filter((part): part is ToolCallPart => part.type === 'tool_call');
  }

  /** What the model thought before it answered. */
  get reasoning(): string | null {
    const thoughts = this.parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : []));
    return thoughts.length === 0 ? null : thoughts.join('\n');
  }

  toString(): string {
    return this.text;
  }
}

/** The answer of a model that was asked without a record. */
export function responseOf(answer: ModelAnswer, providerType: string): GenerateResponse {
  const { inputTokens, outputTokens } = answer.usage;
  return new GenerateResponse({
    ...answer,
    modelId: `${providerType}:${answer.requested}`,
    usage: { ...answer.usage, totalTokens: inputTokens + outputTokens },
  });
}

/** The table that scripts get. */
export function responseFrom(given: PlainValue): GenerateResponse {
  const table = given as unknown as ResponseTable;
  const { metadata = {} } = table;
  return new GenerateResponse({
    message: { role: 'assistant', parts: partsFromData(fromPlain(table.parts)) },
    provider: table.provider,
    model: table.model,
    modelId: table.model_id,
    finishReason: table.finish_reason,
    usage: usageFrom(table.usage, metadata.usage_estimated),
    cost: table.cost ?? null,
    id: table.id,
    warnings: listOf(metadata.warnings),
    failures: listOf(metadata.failures),
    data: table.data,
    repaired: table.repaired ?? false,
    dropped: table.dropped ?? null,
    compacted: table.compacted === undefined ? null : compactFrom(table.compacted),
    sessionId: table.session_id ?? null,
    messageId: table.message_id ?? null,
    toolCallsMade: listOf(table.tool_calls_made).map(({ is_error: isError, ...call }) => ({
      ...call,
      isError,
    })),
    rounds: table.rounds ?? 0,
  });
}

export function compactFrom(given: CompactTable): CompactResult {
  return {
    summary: given.summary,
    messageId: given.message_id,
    summarized: given.summarized,
    kept: given.kept,
    previousHead: given.previous_head,
    usage: usageFrom(given.usage),
  };
}

/** A list of Lua; one that is empty reads as a table. */
export function listOf<T>(given: readonly T[] | undefined): readonly T[] {
  return Array.isArray(given) ? given : [];
}

export function usageFrom(given: UsageTable, estimated?: true): ResponseUsage {
  const { cached_tokens: cached, cache_write_tokens: written, reasoning_tokens: thought } = given;
  return {
    inputTokens: given.input_tokens,
    outputTokens: given.output_tokens,
    totalTokens: given.total_tokens ?? given.input_tokens + given.output_tokens,
    ...(cached === undefined ? {} : { cachedTokens: cached }),
    ...(written === undefined ? {} : { cacheWriteTokens: written }),
    ...(thought === undefined ? {} : { reasoningTokens: thought }),
    ...(estimated === undefined ? {} : { estimated }),
  };
}

export interface UsageTable {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens?: number;
  readonly cached_tokens?: number;
  readonly cache_write_tokens?: number;
  readonly reasoning_tokens?: number;
  readonly cost_usd?: number;
}

export interface CompactTable {
  readonly summary: string;
  readonly message_id: string;
  readonly summarized: number;
  readonly kept: number;
  readonly previous_head: string;
  readonly usage: UsageTable;
}

interface ResponseTable {
  readonly parts: PlainValue;
  readonly provider: string;
  readonly model: string;
  readonly model_id: string;
  readonly finish_reason: FinishReason;
  readonly usage: UsageTable;
  readonly cost?: number;
  readonly id: string;
  readonly metadata?: {
    readonly usage_estimated?: true;
    readonly warnings?: readonly string[];
    readonly failures?: readonly FailedAttempt[];
  };
  readonly data?: PlainValue;
  readonly repaired?: boolean;
  readonly dropped?: { readonly messages: number; readonly tokens: number };
  readonly compacted?: CompactTable;
  readonly session_id?: string;
  readonly message_id?: string;
  readonly tool_calls_made?: readonly (Omit<MadeCall, 'isError'> & { is_error: boolean })[];
  readonly rounds?: number;
}
