/** What a program asks a model without a session. */
import type { PromptContent } from './ask-options.js';
import type { Message } from './provider/message.js';
import type { GenerateOptions, GenerateRequest } from './provider/model-call.js';
import { partsFromData } from './session/message-parts.js';

/** What a model is asked; a text is the prompt. */
export type LlmRequest = string | LlmRequestFields;

export interface LlmRequestFields extends Omit<GenerateRequest, 'messages'> {
  readonly messages?: readonly Message[];
  /** What the user says, behind `messages`. */
  readonly prompt?: PromptContent;
  /** What the conversation begins with. */
  readonly system?: string;
}

/** What of a call of `generate` is not about the model. */
export interface LlmOptions extends GenerateOptions {
  /** Told of the text of the answer as it comes. */
  readonly onToken?: (token: string) => void;
}

/** The request with everything that is said among its messages. */
export function requestFrom(request: LlmRequest): GenerateRequest {
  if (typeof request === 'string') return { messages: [said('user', request)] };
  const { prompt, system, messages, ...rest } = request;
  if (prompt === undefined && system === undefined) return { ...rest, messages: messages ?? [] };
  return {
    ...rest,
    messages: [
      ...(system === undefined ? [] : [said('system', system)]),
      ...(messages ?? []),
      ...(prompt === undefined ? [] : [said('user', prompt)]),
    ],
  };
}

function said(role: Message['role'], content: PromptContent): Message {
  return { role, parts: typeof content === 'string' ? partsFromData(content) : content };
}
