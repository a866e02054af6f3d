/** Prompts as programs write them, and as scripts do. */
import { type AskOptions, askFields } from './ask-options.js';
import type { PlainValue } from './base/value.js';
import type { Services } from './services.js';

export interface RetryOptions {
  /** Further attempts; 0 when absent. */
  readonly max?: number;
  /** How the pauses grow; exponential when absent. */
  readonly backoff?: 'exponential' | 'constant';
  /** The first pause in milliseconds, give or take a half; 500 when absent. */
  readonly baseMs?: number;
}

/** What a prompt that others depend on has answered. */
export interface PromptResult {
  readonly id: string;
  readonly name?: string;
  readonly content: string;
}

/** Results by position (from `1`), by name and by id. */
export type PromptResults = Readonly<Record<string, PromptResult>>;

/** Asked before a prompt is executed; `false` skips it. Its answers are on record: a replay asks it nothing. */
export type PromptCondition = (results: PromptResults) => boolean | Promise<boolean>;

export interface ExecutionOptions extends Omit<AskOptions, 'messages' | 'system' | 'signal'> {
  readonly when?: PromptCondition;
  readonly retry?: RetryOptions;
  /** The active one when absent. */
  readonly conversation?: string;
  /** The values of `{{name}}` in prompts. */
  readonly variables?: Readonly<Record<string, string | number | boolean>>;
}

/** A prompt: with what it is asked, of what it depends, and parameters of its own. */
export interface Prompt extends ExecutionOptions {
  /** Unique in its list; others depend on it by this name. */
  readonly name?: string;
  readonly userPrompt: string;
  /** That of the conversation when absent. */
  readonly systemPrompt?: string;
  /** Names of the same list, or ids of messages. */
  readonly dependsOn?: string | readonly string[];
  /** The file that it is from, and the lines in which its variables stand. */
  readonly source?: PromptSource;
}

export interface PromptSource {
  readonly file: string;
  readonly lines: Readonly<Record<string, number>>;
}

/** The prompt as scripts write it. */
export function promptFields(services: Services, prompt: Prompt): unknown {
  return {
    ...executionFields(services, prompt),
    name: prompt.name,
    user_prompt: prompt.userPrompt,
    system_prompt: prompt.systemPrompt,
    depends_on: prompt.dependsOn,
    source: prompt.source,
  };
}

export function executionFields(services: Services, options: ExecutionOptions) {
  const { when, retry } = options;
  return {
    ...askFields(services, options),
    when,
    retry: retry && { max: retry.max, backoff: retry.backoff, base_ms: retry.baseMs },
  };
}

interface PromptTable {
  readonly name: string;
  readonly user_prompt: string;
  readonly system_prompt?: string;
  readonly depends_on?: string | readonly string[];
  readonly retry?: { readonly base_ms?: number };
  readonly max_tokens?: number;
  readonly max_retries?: number;
  readonly on_overflow?: NonNullable<AskOptions['onOverflow']>;
  readonly provider_config?: Readonly<Record<string, PlainValue>>;
  readonly timeout?: number;
  readonly description?: string;
}

/** A prompt of a file as programs write it. */
export function promptFrom(given: unknown): Prompt {
  const table = given as PromptTable;
  const { user_prompt, system_prompt, depends_on, max_tokens, max_retries, ...more } = table;
  const { on_overflow, provider_config, timeout, retry, description: _, ...rest } = more;
  const { base_ms: baseMs, ...tries } = retry ?? {};
  const entries = Object.entries({
    ...rest,
    userPrompt: user_prompt,
    systemPrompt: system_prompt,
    dependsOn: depends_on,
    maxTokens: max_tokens,
    maxRetries: max_retries,
    onOverflow: on_overflow,
    providerConfig: provider_config,
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    retry: retry && { ...tries, ...(baseMs === undefined ? {} : { baseMs }) },
  });
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined),
  ) as unknown as Prompt;
}
