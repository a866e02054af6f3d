/** McpSource is one server of `[tools.mcp]`: started when its tools are asked for, and again after it has ended. */
import { SpellError } from '../../base/errors.js';
import type { Secrets } from '../../base/secret.js';
import { SecretUse } from '../secret-use.js';
import type { Tool } from '../tool.js';
import type { ToolSource } from '../tool-source.js';
import type { McpConnection } from './mcp-connection.js';
import type { McpServer, McpTarget, McpValue } from './mcp-server.js';

export interface McpSourceOptions {
  readonly secrets: Secrets;
  /** Where the server starts. */
  readonly cwd: string;
}

export class McpSource implements ToolSource {
  #connection: Promise<McpConnection> | undefined;
  #closed = false;

  constructor(
    readonly name: string,
    private readonly server: McpServer,
    private readonly options: McpSourceOptions,
  ) {}

  async tools(): Promise<readonly Tool[]> {
    const connection = await this.#connected();
    return connection.tools(() => this.#connected());
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  async #connected(): Promise<McpConnection> {
    for (;;) {
      const connection = this.#connection ?? this.#started();
      const known = await connection;
      if (known.isOpen) return known;
      // Whoever comes at the same time waits for the same start.
      if (this.#connection === connection) this.#connection = undefined;
    }
  }

  #started(): Promise<McpConnection> {
    if (this.#closed) {
      throw new SpellError('RUNTIME_CLOSED', 'the runtime was closed', {
        hint: 'Open another one with Runtime.open().',
      });
    }
    const starting = this.#start();
    this.#connection = starting;
    starting.catch(() => {
      this.#connection = undefined;
    });
    return starting;
  }

  async #start(): Promise<McpConnection> {
    const target = this.#target();
    const { connectMcp } = await import('./mcp-connection.js');
    return connectMcp(target);
  }

  /** @throws SpellError `SECRET_NOT_FOUND` */
  #target(): McpTarget {
    const { secrets, cwd } = this.options;
    const values: string[] = [];
    const read = (name: string) => {
      const value = secrets.trustedValue(name);
      if (value === undefined) throw this.#notSet(name);
      values.push(value);
      return value;
    };
    const all = (given: Readonly<Record<string, McpValue>> = {}) =>
      Object.fromEntries(
        Object.entries(given).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : read(value.secret),
        ]),
      );
    const { env, headers, apiKeyEnv: keyName } = this.server;
    const authorization = keyName === undefined ? {} : { authorization: `Bearer ${read(keyName)}` };
    const target = { name: this.name, server: this.server, cwd };
    const made = { env: all(env), headers: { ...all(headers), ...authorization } };
    return { ...target, ...made, hide: new SecretUse(secrets, values) };
  }

  #notSet(variable: string): SpellError {
    const message = `the environment variable ${variable} is not set, which the MCP server "${this.name}" needs`;
    return new SpellError('SECRET_NOT_FOUND', message, {
      key: `tools.mcp.${this.name}`,
      hint: `Set ${variable} before the program starts.`,
      details: { secret: variable, server: this.name },
    });
  }
}
