import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import type { Tool } from './tool.js';
import { type SourceFault, type ToolSource, ToolSources } from './tool-source.js';

/** What {@link ToolRegistry.discover} looks for; what is absent matches everything. */
export interface ToolQuery {
  readonly category?: string | undefined;
  /** One of the tool's tags, or text in its description; capitals make no difference. */
  readonly tag?: string | undefined;
}

/** ToolRegistry holds the tools of one runtime by their names. */
export class ToolRegistry {
  readonly #known = new Map<string, Tool>();
  readonly #sources: ToolSources;
  #later: (() => Iterable<Tool>) | undefined;

  /** @param tools A function is called when a tool is first looked for. */
  constructor(
    tools: Iterable<Tool> | (() => Iterable<Tool>) = [],
    sources: readonly ToolSource[] = [],
  ) {
    this.#sources = new ToolSources(sources);
    if (typeof tools === 'function') this.#later = tools;
    else this.#registerAll(tools);
  }

  get #tools(): Map<string, Tool> {
    const later = this.#later;
    this.#later = undefined;
    if (later !== undefined) this.#registerAll(later());
    return this.#known;
  }

  #registerAll(tools: Iterable<Tool>): void {
    for (const tool of tools) this.register(tool);
  }

  /** @throws SpellError `BAD_ARGUMENT` for a name that is taken or unfit, or a definition that contradicts itself. */
  register(tool: Tool): void {
    requireFitTool(tool);
    if (this.#tools.has(tool.name)) {
      throw badTool(tool, 'its name is taken', 'Choose another name.');
    }
    this.#tools.set(tool.name, tool);
  }

  /**
   * Asks MCP servers for their tools, which are known from then on: the server of this tool, or all of them. Servers
   * start when they are first asked. `undefined` when there is nothing to wait for.
   *
   * @returns The servers that did not start, when all were asked.
   * @throws SpellError `TOOL_FAILED` when the server of this tool does not start.
   */
  load(name?: string): Promise<readonly SourceFault[]> | undefined {
    if (!this.#sources.concern(name)) return undefined;
    return name === undefined ? this.#sources.loadAll() : this.#sources.load(name).then(() => []);
  }

  /** @throws SpellError `TOOL_NOT_FOUND` with the names that come near. */
  get(name: string): Tool {
    const tool = this.find(name);
    if (tool !== undefined) return tool;
    const names = [...this.list().map((known) => known.name), ...this.#sources.likeNames(name)];
    throw new SpellError('TOOL_NOT_FOUND', `there is no tool "${name}"`, {
      hint: didYouMean(name, names) ?? 'Tool.list() names the tools that there are.',
    });
  }

  find(name: string): Tool | undefined {
    return this.#tools.get(name) ?? this.#sources.find(name);
  }

  exists(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** All tools, by name. */
  list(): Tool[] {
    const all = [...this.#tools.values(), ...this.#sources.list()];
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The categories of all tools, each once, sorted. */
  categories(): string[] {
    return [...new Set(this.list().map((tool) => tool.category))].sort();
  }

  /** Ends the servers that were started. */
  async closeSources(): Promise<void> {
    await this.#sources.close();
  }

  /** The tools that match everything in the query, by name. */
  discover({ category, tag }: ToolQuery): Tool[] {
    return this.list().filter(
      (tool) =>
        (category === undefined || tool.category === category) &&
        (tag === undefined || hasTag(tool, tag.toLowerCase())),
    );
  }
}

function hasTag(tool: Tool, tag: string): boolean {
  const inTags = tool.tags.some((other) => other.toLowerCase() === tag);
  return inTags || tool.description.toLowerCase().includes(tag);
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws SpellError `BAD_ARGUMENT` for a name that is unfit, or a definition that contradicts itself. */
export function requireFitTool(tool: Tool): void {
  if (!NAME.test(tool.name)) {
    throw badTool(tool, 'its name is unfit', 'Names are 1 to 64 letters, digits, "_" and "-".');
  }
  if (tool.description.trim() === '') {
    throw badTool(tool, 'it has no description', 'Models choose tools by their descriptions.');
  }
  if (tool.parameters.type !== 'object') {
    throw badTool(tool, 'its parameters are no object', 'Use a JSON Schema of type "object".');
  }
  if (tool.effect === 'reconcilable' && tool.reconcile === undefined) {
    throw badTool(tool, 'it is "reconcilable" without `reconcile`', 'Add that function.');
  }
  if (tool.timeoutMs !== undefined && !(tool.timeoutMs > 0)) {
    throw badTool(tool, `its timeoutMs is ${tool.timeoutMs}`, 'Give milliseconds above 0.');
  }
}

function badTool(tool: Tool, fault: string, hint: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `can't register the tool "${tool.name}": ${fault}`, {
    hint,
  });
}
