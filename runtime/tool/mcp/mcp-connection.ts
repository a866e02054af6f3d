/** McpConnection is a connection to an MCP server that runs: the only place that knows the package behind it. */

import type { Client, Tool as McpTool, Transport } from '@modelcontextprotocol/client';
import { SpellError } from '../../base/errors.js';
import { stringifyJson } from '../../base/json.js';
import { MAX_TIMER_MS } from '../../base/max-timer.js';
import type { HostValue } from '../../base/value.js';
import type { Tool, ToolArguments, ToolContext, ToolEffect } from '../tool.js';
import { resultOf } from './mcp-result.js';
import type { McpTarget } from './mcp-server.js';

const DEFAULT_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 30_000;
const STDERR_CHARACTERS = 2000;

/** A connection that is open, now or after a start. */
type Reconnect = () => Promise<McpConnection>;

export class McpConnection {
  isOpen = true;
  #tools: Promise<readonly McpTool[]> | undefined;

  constructor(
    private readonly client: Client,
    private readonly target: McpTarget,
  ) {
    client.onclose = () => {
      this.isOpen = false;
    };
  }

  /** The tools of the server as it last told them. */
  async tools(reconnect: Reconnect): Promise<readonly Tool[]> {
    this.#tools ??= this.#list();
    const asked = this.#tools;
    asked.catch(() => this.forgetTools());
    return (await asked).map((tool) => this.#toolOf(tool, reconnect));
  }

  /** The server says that it has others by now. */
  forgetTools(): void {
    this.#tools = undefined;
  }

  async close(): Promise<void> {
    this.isOpen = false;
    await this.client.close();
  }

  async #list(): Promise<readonly McpTool[]> {
    try {
      const options = { timeout: START_TIMEOUT_MS, cacheMode: 'refresh' } as const;
      return fitTools((await this.client.listTools(undefined, options)).tools);
    } catch (cause) {
      throw failure(this.target, 'does not say which tools it has', cause);
    }
  }

  #toolOf(tool: McpTool, reconnect: Reconnect): Tool {
    const { name: server, server: options } = this.target;
    return {
      name: `${server}/${tool.name}`,
      description: shown(tool.description || tool.title) || `${tool.name} of ${server}`,
      category: 'mcp',
      version: '1.0.0',
      tags: ['mcp', server],
      effect: options.effects?.[tool.name] ?? effectOf(tool),
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      parameters: { ...tool.inputSchema, type: 'object' },
      execute: async (args, context) => {
        const connection = await reconnect();
        return connection.call(tool.name, args, context);
      },
    };
  }

  /** @throws SpellError `TOOL_FAILED` */
  async call(tool: string, args: ToolArguments, { signal }: ToolContext): Promise<HostValue> {
    const plain = JSON.parse(stringifyJson(args)) as Record<string, unknown>;
    let answer: Awaited<ReturnType<Client['callTool']>>;
    try {
      // Its time is that of the tool, which ends the signal.
      const options = { signal, timeout: MAX_TIMER_MS };
      answer = await this.client.callTool({ name: tool, arguments: plain }, options);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (this.isOpen) throw failure(this.target, `refused the call of ${tool}`, cause);
      throw failure(this.target, `ended while it worked on ${tool}`, cause);
    }
    const { hide } = this.target;
    const result = hide.scrubbed(resultOf(answer));
    if (answer.isError !== true) return result;
    const text = result.text === '' ? `${tool} failed` : result.text;
    throw new SpellError('TOOL_FAILED', text, { details: { server: this.target.name, tool } });
  }
}

/** What the protocol allows for names, and `/`. */
const NAME = /^[A-Za-z0-9_./-]{1,128}$/;

/** Names end up in files, terminals and requests to models: tools with others are left out, and so are second ones. */
function fitTools(tools: readonly McpTool[]): McpTool[] {
  const names = new Set<string>();
  return tools.filter(({ name }) => {
    const isFit = NAME.test(name) && !names.has(name);
    names.add(name);
    return isFit;
  });
}

/** Without what terminals take for a command. */
function shown(text = ''): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, (character) =>
    /[\n\t]/.test(character) ? character : '',
  );
}

/** What the server says of a tool; it must not be believed in more than that. */
function effectOf({ annotations }: McpTool): ToolEffect {
  if (annotations?.readOnlyHint === true) return 'pure';
  return annotations?.idempotentHint === true ? 'idempotent' : 'unsafe';
}

function failure({ name, hide }: McpTarget, what: string, cause: unknown, said = ''): SpellError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const last = said.trim() === '' ? '' : `; it said: ${said.trim()}`;
  const message = hide.scrubbed(`the MCP server "${name}" ${what}: ${reason}${last}`);
  return new SpellError('TOOL_FAILED', message, {
    key: `tools.mcp.${name}`,
    details: { server: name },
  });
}

/** Starts a server, or finds the one that runs. @throws SpellError `TOOL_FAILED` */
export async function connectMcp(target: McpTarget): Promise<McpConnection> {
  const { Client } = await import('@modelcontextprotocol/client');
  const forget = () => connection.forgetTools();
  const client = new Client(
    { name: 'llmspell', version: '1' },
    { listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: forget } } },
  );
  const connection = new McpConnection(client, target);
  const { transport, said } = await transportTo(target);
  try {
    await client.connect(transport, { timeout: START_TIMEOUT_MS });
    return connection;
  } catch (cause) {
    await client.close().catch(() => {});
    const error = failure(target, 'could not be started', cause, said());
    const { command, url } = target.server;
    const where = command === undefined ? `url = "${url}"` : `command = "${command}"`;
    const hint = `Check ${where} under [tools.mcp.${target.name}] in llmspell.toml.`;
    throw new SpellError(error.code, error.message, { ...error, hint, details: error.details });
  }
}

async function transportTo(
  target: McpTarget,
): Promise<{ readonly transport: Transport; said(): string }> {
  const { server, env, headers, cwd, name } = target;
  if (server.command !== undefined) {
    const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
    const args = [...(server.args ?? [])];
    const transport = new StdioClientTransport({
      command: server.command,
      args,
      // The variables that every program needs are added to these; all others stay with us.
      env,
      cwd,
      stderr: 'pipe',
    });
    let text = '';
    transport.stderr?.on('data', (piece: Buffer) => {
      text = (text + piece.toString()).slice(-STDERR_CHARACTERS);
    });
    return { transport, said: () => text };
  }
  if (server.url === undefined || !URL.canParse(server.url)) {
    throw new SpellError('CONFIG', `the MCP server "${name}" has neither a command nor a URL`, {
      key: `tools.mcp.${name}`,
      hint: `Write command or url under [tools.mcp.${name}] in llmspell.toml.`,
    });
  }
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const requestInit = { headers: { ...headers } };
  const transport = new StreamableHTTPClientTransport(new URL(server.url), { requestInit });
  return { transport, said: () => '' };
}
