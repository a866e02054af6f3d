/** AskApi is conversations with models, as programs that embed the runtime hold them. */

import {
  askFields,
  contentField,
  type PromptContent,
  type ProviderOption,
  type SessionAskOptions,
  type ToolLoopOptions,
  type ToolOption,
  toolField,
} from './ask-options.js';
import { isMap, type PlainValue, toPlain, type Value } from './base/value.js';
import { ConversationApi } from './conversation-api.js';
import {
  type CompactResult,
  type CompactTable,
  compactFrom,
  type GenerateResponse,
  responseFrom,
} from './generate-response.js';
import { type Prompt, promptFields } from './prompt.js';
import { ResponseStream } from './response-stream.js';
import type { Tool } from './tool/tool.js';

export interface CompactOptions {
  /** The newest messages that stay as they are; 6 when absent. */
  readonly preserveRecent?: number;
  /** The one that summarises; the session's when absent. */
  readonly model?: string;
  readonly provider?: ProviderOption;
  /** The active one when absent. */
  readonly conversation?: string;
  readonly signal?: AbortSignal;
}

/** A history as it goes to a provider. */
export interface ProviderMessages {
  readonly messages: readonly PlainValue[];
  /** For Anthropic's protocol, which has the system prompt beside the messages. */
  readonly system: string | null;
}

/** A stream answers what `tell` says of each piece; nil when nobody wants more. */
const STREAM = `local stream, state, first, guard = Session.stream(given.a1, given.a2, given.a3)
for token in stream, state, first, guard do
  if not given.a4(token) then
    return nil
  end
end
return stream.response`;

/**
 * What asks models is the same that scripts call, as a run of its own: it is recorded where runs are, and gone on with
 * after a crash. Functions among the options belong to this process.
 */
export class AskApi extends ConversationApi {
  /** The tools of the program that sessions have: storage keeps what is said of a tool, not what it does. */
  readonly #ownTools = new Map<string, Map<string, Tool>>();

  /**
   * Asks the session's model with the whole history, and keeps both turns. A call that fails changes nothing.
   *
   * @param prompt A text, the parts of a message, or a prompt as `llm.loadPrompts` gives them; `null` asks for an
   * answer to what was said last.
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `PROVIDER_*`, `MODEL_NOT_FOUND`, `MODEL_UNFIT`,
   * `CONTEXT_OVERFLOW`, `LIMIT_BUDGET`, `SCHEMA_MISMATCH`, `ABORTED`
   *
   * @example
   * ```ts
   * const answer = await runtime.sessions.generate(session.id, 'What is a qubit?');
   * console.log(`${answer}`, answer.usage.totalTokens);
   * ```
   */
  async generate(
    id: string,
    prompt: PromptContent | Prompt | null,
    options: SessionAskOptions = {},
  ): Promise<GenerateResponse> {
    const args = [id, this.#asked(prompt), askFields(this.services, options)];
    const [, response] = await this.services.calls.results('Session.generate', args, options);
    return responseFrom(response);
  }

  /**
   * The same, piece by piece; the turns are kept after the last piece. Throws what {@link generate} throws, in the
   * loop.
   */
  stream(
    id: string,
    prompt: PromptContent | Prompt | null,
    options: Omit<SessionAskOptions, 'onToken'> = {},
  ): ResponseStream {
    return new ResponseStream(async (tell) => {
      const args = [id, this.#asked(prompt), askFields(this.services, options), tell];
      const { calls } = this.services;
      const [response] = await calls.resultsOf('Session.stream', STREAM, args, options);
      return response === undefined ? undefined : responseFrom(response);
    });
  }

  /**
   * Asks the session's model, calls the tools that it wants to call, tells it their results, and so on until it
   * answers. Calls of one answer run side by side; what goes wrong with one is told to the model.
   *
   * @throws SpellError what {@link generate} throws, `LIMIT_TOOL_CALLS`, `TOOL_NOT_FOUND`, `FUNCTION_FAILED`
   *
   * @example
   * ```ts
   * await runtime.sessions.generateWithTools(session.id, 'Is it warm in Bern?', { tools: [weather] });
   * ```
   */
  async generateWithTools(
    id: string,
    prompt: PromptContent | Prompt | null,
    options: ToolLoopOptions = {},
  ): Promise<GenerateResponse> {
    const tools = options.tools ?? (await this.#toolsOf(id));
    const fields = {
      ...askFields(this.services, options),
      tools: tools.map((tool) => this.#field(tool)),
    };
    const args = [id, this.#asked(prompt), fields];
    const { calls } = this.services;
    const [response] = await calls.results('Session.generateWithTools', args, options);
    return responseFrom(response);
  }

  /**
   * Gives a session one tool more, in place of one with the same name. What a tool of the program does lives as long as
   * this runtime.
   *
   * @throws SpellError `TOOL_NOT_FOUND`, `SESSION_NOT_FOUND`, `SESSION_STATE`
   */
  async addTool(id: string, tool: ToolOption): Promise<void> {
    await this.services.calls.results('Session.addTool', [id, this.#field(tool)]);
    this.rememberTools(id, [tool]);
  }

  /**
   * Has a model summarise the older messages of a conversation, which goes on behind the summary: what was said stays.
   * `undefined` when there is nothing to summarise. Throws what {@link generate} throws.
   */
  async compact(id: string, options: CompactOptions = {}): Promise<CompactResult | undefined> {
    const { preserveRecent, model, provider, conversation } = options;
    const fields = { preserve_recent: preserveRecent, model, provider, conversation };
    const [made] = await this.services.calls.results('Session.compact', [id, fields], options);
    return made === undefined ? undefined : compactFrom(made as unknown as CompactTable);
  }

  /**
   * Makes a message the last one of its conversation's history; what was said behind it stays in the graph.
   *
   * @returns The message that was the last one.
   * @throws SpellError `MESSAGE_NOT_FOUND`, `CONVERSATION_NOT_FOUND`, `SESSION_STATE`
   */
  async setHead(
    id: string,
    message: string,
    { conversation }: { readonly conversation?: string } = {},
  ): Promise<string | undefined> {
    const args = [id, message, { conversation }];
    const [previous] = await this.services.calls.results('Session.setHead', args);
    return previous as string | undefined;
  }

  /**
   * The history as it goes to a provider: `openai`, `anthropic`, or one of the configuration that speaks one of their
   * protocols.
   *
   * @throws SpellError `PROVIDER_NOT_FOUND`
   */
  async messagesForProvider(
    id: string,
    provider: string,
    { conversation }: { readonly conversation?: string } = {},
  ): Promise<ProviderMessages> {
    const args = [id, provider, { conversation }];
    const [messages, system] = await this.services.calls.read('Session.messagesForProvider', args);
    return {
      messages: Array.isArray(messages) ? messages : [],
      system: typeof system === 'string' ? system : null,
    };
  }

  /** Keeps what tools of the program do, for the calls in a session that name no tools. */
  protected rememberTools(id: string, tools: readonly unknown[]): void {
    const own = this.#ownTools.get(id) ?? new Map<string, Tool>();
    for (const tool of tools) if (isTool(tool)) own.set(tool.name, tool);
    if (own.size > 0) this.#ownTools.set(id, own);
  }

  protected forgetTools(id: string): void {
    this.#ownTools.delete(id);
  }

  /** The tools of a session, each with what it does if it is one of the program. */
  async #toolsOf(id: string): Promise<readonly ToolOption[]> {
    const { details } = await this.services.stores();
    const own = this.#ownTools.get(id);
    return (await details.settings(id)).tools.map((stored: Value) => {
      const name = isMap(stored) ? stored.get('name') : stored;
      return own?.get(String(name)) ?? (toPlain(stored) as unknown as ToolOption);
    });
  }

  #asked(prompt: PromptContent | Prompt | null): unknown {
    const isPrompt = prompt !== null && typeof prompt === 'object' && 'userPrompt' in prompt;
    return isPrompt ? promptFields(this.services, prompt) : contentField(prompt);
  }

  #field(tool: ToolOption): unknown {
    return toolField(this.services, tool);
  }
}

function isTool(given: unknown): given is Tool {
  return typeof given === 'object' && given !== null && 'execute' in given;
}
