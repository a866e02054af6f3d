import type { SecretUse } from '../secret-use.js';
import type { ToolEffect } from '../tool.js';

/** What is text in `llmspell.toml`, or the name of a variable whose value nobody sees. */
export type McpValue = string | { readonly secret: string };

/** McpServer is a table `[tools.mcp.<name>]`. */
export interface McpServer {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, McpValue>> | undefined;
  readonly url?: string | undefined;
  readonly headers?: Readonly<Record<string, McpValue>> | undefined;
  /** The variable with the token that is sent as `Authorization`. */
  readonly apiKeyEnv?: string | undefined;
  /** Milliseconds that a call may take. */
  readonly timeoutMs?: number | undefined;
  /** What may become of lost calls, by tool, in place of what the server says. */
  readonly effects?: Readonly<Record<string, ToolEffect>> | undefined;
}

/** McpTarget is a server with the values of its secrets. */
export interface McpTarget {
  readonly name: string;
  readonly server: McpServer;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Takes the values out of what the server says. */
  readonly hide: SecretUse;
}
