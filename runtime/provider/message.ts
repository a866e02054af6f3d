/**
 * Message is one turn of a conversation in a form that belongs to no provider. Providers translate it to their wire
 * form and back without loss; conversations keep it.
 */
import type { PlainValue } from '../base/value.js';

export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** The roles by their names. */
export const MessageRole = {
  SYSTEM: 'system',
  USER: 'user',
  ASSISTANT: 'assistant',
  TOOL: 'tool',
} as const satisfies Readonly<Record<string, Role>>;

export interface Message {
  readonly role: Role;
  readonly parts: readonly Part[];
}

export type Part = TextPart | ImagePart | ToolCallPart | ToolResultPart | ReasoningPart;

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

export interface ImagePart {
  readonly type: 'image';
  readonly mimeType: string;
  readonly source: ImageSource;
}

/** Where an image is: in an artifact (what conversations keep), in hand (what providers get), or on the web. */
export type ImageSource =
  | { readonly kind: 'artifact'; readonly id: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'url'; readonly url: string };

/** ToolCallPart is the wish of a model, in a message of the role `assistant`. */
export interface ToolCallPart {
  readonly type: 'tool_call';
  /** Given by the model, and kept when the conversation goes on with another provider. */
  readonly id: string;
  readonly name: string;
  readonly arguments: PlainValue;
  /** What the model wrote when it was not JSON; `arguments` is empty then. */
  readonly malformed?: string;
}

/** ToolResultPart answers a {@link ToolCallPart}, in a message of the role `tool`. */
export interface ToolResultPart {
  readonly type: 'tool_result';
  readonly id: string;
  readonly name: string;
  readonly content: readonly (TextPart | ImagePart)[];
  readonly isError: boolean;
}

/** ReasoningPart is what a model thought before it answered; some providers want it back unchanged. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  /** The provider's proof that the text is its own. */
  readonly signature?: string;
  /** Thoughts that the provider shows to nobody. */
  readonly redacted?: string;
  /** The field of a message of OpenAI's protocol that it came in: servers call it differently. */
  readonly field?: ThoughtField;
  /** Who thought it, as `provider/model`; it is given back to nobody else. */
  readonly origin?: string;
}

/** The fields in which servers of OpenAI's protocol tell what a model thought. */
export const THOUGHT_FIELDS = ['reasoning_content', 'reasoning'] as const;

export type ThoughtField = (typeof THOUGHT_FIELDS)[number];

/** The text of a message or of a tool's result, without what is between it. */
export function textOf({ parts }: { readonly parts: readonly Part[] }): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
}
