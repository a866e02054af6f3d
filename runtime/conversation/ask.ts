/**
 * Ask is what a script wants of a model, before it is known which one answers: plain data, so that it can be recorded,
 * and short, since a conversation is named and not repeated.
 */
import type { SecretHandle } from '../base/secret.js';
import type { ValueMap } from '../base/value.js';
import type { Message, Part } from '../provider/message.js';
import type { ToolSpec } from '../provider/provider.js';
import type { TargetNames } from '../provider/registry.js';
import type { Parameters } from './parameters.js';

export interface Ask extends TargetNames {
  /** The session whose conversation and settings hold; `undefined` for a call that stands alone. */
  readonly session?: string | undefined;
  /** The active one when absent. */
  readonly conversation?: string | undefined;
  /** In place of the history. */
  readonly messages?: readonly Message[] | undefined;
  /** What the user says behind it. */
  readonly prompt?: readonly Part[] | undefined;
  /** What comes behind the prompt, such as tools that were called. */
  readonly follow?: readonly Message[] | undefined;
  /** In place of the system prompt. */
  readonly system?: string | undefined;
  /** Names of registered tools, and definitions of others. */
  readonly tools?: readonly (string | ToolSpec)[] | undefined;
  /** A JSON Schema that the answer has to fit. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  readonly apiKey?: SecretHandle | undefined;
  readonly parameters: Parameters;
  /** Models that the script has registered: facts by name. */
  readonly models?: ValueMap | undefined;
}
