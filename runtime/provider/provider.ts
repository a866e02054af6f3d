/**
 * Provider is the port behind which language models are. A request and its response are plain data, so that a recorded
 * response can stand in for a call; what is alive (a signal, a listener, a key) comes beside them.
 */
import type { SecretHandle } from '../base/secret.js';
import type { PlainValue } from '../base/value.js';
import type { Message } from './message.js';

export interface Provider {
  /** Asks once: no other attempts, no limits. What goes wrong is a SpellError of the codes `PROVIDER_*`. */
  generate(request: ModelRequest, attempt: Attempt): Promise<ModelResponse>;
}

export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolSpec[] | undefined;
  /** `auto` when absent. */
  readonly toolChoice?: ToolChoice | undefined;
  readonly temperature?: number | undefined;
  /** Tokens of the answer. */
  readonly maxTokens?: number | undefined;
  /** Texts that end the answer. */
  readonly stop?: readonly string[] | undefined;
  /** Holds the answer to JSON. */
  readonly responseFormat?: ResponseFormat | undefined;
  /** Further fields of the provider's own request; they win over what is made of the others. */
  readonly extra?: Readonly<Record<string, PlainValue>> | undefined;
}

/** ToolSpec is a tool as a model sees it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of one object: the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Whether the model may call tools, must, must not, or must call this one. */
export type ToolChoice = 'auto' | 'required' | 'none' | { readonly name: string };

export interface ResponseFormat {
  /** 1 to 64 letters, digits, `_` and `-`; `answer` when absent. */
  readonly name?: string | undefined;
  /** A JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Attempt is what one attempt at a request needs besides the request. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Told of the pieces of the answer as they come. */
  readonly onDelta?: ((delta: Delta) => void) | undefined;
  /** The same for every attempt at one call. */
  readonly idempotencyKey?: string | undefined;
  /** Takes the place of the provider's own key. */
  readonly apiKey?: SecretHandle | undefined;
  /** Milliseconds without a sign of the server after which the attempt has failed. */
  readonly timeoutMs: number;
  /** What the model takes and gives, as far as it is known. */
  readonly traits: ModelTraits;
}

/** ModelTraits is what a request to a model has to respect. */
export interface ModelTraits {
  /** False for models that refuse requests with a temperature. */
  readonly temperature?: boolean | undefined;
  /** The most tokens of an answer. */
  readonly maxOutput?: number | undefined;
  /** Fields that a request with tools must have. */
  readonly withTools?: Readonly<Record<string, PlainValue>> | undefined;
}

/** Delta is a piece of an answer that is still being written. */
export type Delta =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | {
      readonly type: 'tool_call';
      /** Position among the answer's tool calls, from 0. */
      readonly index: number;
      /** Id and name come with the first piece. */
      readonly id?: string;
      readonly name?: string;
      /** A piece of the arguments, which are JSON once they are complete. */
      readonly arguments: string;
    };

export interface ModelResponse {
  /** The answer; a message of the role `assistant`. Without parts when the model had nothing to say. */
  readonly message: Message;
  /** The model as its server calls it: often longer than the name in the request. */
  readonly model: string;
  /** The name of the provider that answered. */
  readonly provider: string;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** The server's name for the answer. */
  readonly id: string;
  /** What was asked for and could not be passed on. */
  readonly warnings: readonly string[];
}

/** `length`: the answer ends where it reached a limit; `refusal`: the model would not answer. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'refusal' | 'other';

/** Usage counts tokens as they are billed. */
export interface Usage {
  /** All of the prompt, whether it was cached or not. */
  readonly inputTokens: number;
  /** All of the answer, reasoning included. */
  readonly outputTokens: number;
  /** Of the input: read from the provider's cache. */
  readonly cachedTokens?: number;
  /** Of the input: written to the provider's cache. */
  readonly cacheWriteTokens?: number;
  /** Of the output. */
  readonly reasoningTokens?: number;
  /** True when the server told nothing and the numbers are our guess. */
  readonly estimated?: true;
}
