/**
 * ToolSource is the port behind which tools are that are known only when somebody asks for them: those of a server. The
 * names of its tools are `<source>/<tool>`.
 */
import type { Tool } from './tool.js';

export interface ToolSource {
  /** Without `/`. */
  readonly name: string;
  /**
   * Its tools as they are now. The first call starts the source, and so does one after it has ended by itself.
   *
   * @throws SpellError `TOOL_FAILED` when it does not start.
   */
  tools(): Promise<readonly Tool[]>;
  /** Ends it; it is not used afterwards. */
  close(): Promise<void>;
}

/** SourceFault is a source whose tools are not known, and why. */
export interface SourceFault {
  readonly source: string;
  readonly error: unknown;
}

/** ToolSources holds what was last heard of the tools of all sources. */
export class ToolSources {
  readonly #sources: ReadonlyMap<string, ToolSource>;
  readonly #tools = new Map<string, ReadonlyMap<string, Tool>>();

  constructor(sources: readonly ToolSource[]) {
    this.#sources = new Map(sources.map((source) => [source.name, source]));
  }

  /** True when the tools of this name, or any tools, have to be asked for. */
  concern(name: string | undefined): boolean {
    if (name === undefined) return this.#sources.size > 0;
    return this.#sources.has(sourceOf(name) ?? '');
  }

  find(name: string): Tool | undefined {
    return this.#tools.get(sourceOf(name) ?? '')?.get(name);
  }

  /** The name with each source in front of it whose tools are not known. */
  likeNames(name: string): string[] {
    const end = name.indexOf('/');
    if (end === -1) return [];
    const unknown = [...this.#sources.keys()].filter((source) => !this.#tools.has(source));
    return unknown.map((source) => `${source}${name.slice(end)}`);
  }

  list(): Tool[] {
    return [...this.#tools.values()].flatMap((tools) => [...tools.values()]);
  }

  /** Asks the source of a name. Throws what {@link ToolSource.tools} throws. */
  async load(name: string): Promise<void> {
    const source = this.#sources.get(sourceOf(name) ?? '');
    if (source !== undefined) await this.#ask(source);
  }

  /** Asks all sources; those that fail are left out. */
  async loadAll(): Promise<readonly SourceFault[]> {
    const faults: SourceFault[] = [];
    const load = async (source: ToolSource) => {
      try {
        await this.#ask(source);
      } catch (error) {
        faults.push({ source: source.name, error });
      }
    };
    await Promise.all([...this.#sources.values()].map(load));
    return faults;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sources.values()].map((source) => source.close()));
  }

  async #ask(source: ToolSource): Promise<void> {
    try {
      const tools = await source.tools();
      this.#tools.set(source.name, new Map(tools.map((tool) => [tool.name, tool])));
    } catch (error) {
      this.#tools.delete(source.name);
      throw error;
    }
  }
}

/** `files` of `files/read`. */
function sourceOf(name: string): string | undefined {
  const end = name.indexOf('/');
  return end === -1 ? undefined : name.slice(0, end);
}
