/** RuntimeParts is what the composition of a runtime decides. */
import type { Config } from '../config/config.js';
import type { Clock } from './base/clock.js';
import type { Random } from './base/random.js';
import type { Redact } from './base/redactor.js';
import type { Secrets } from './base/secret.js';
import type { Engine, VmSource } from './engine/engine.js';
import type { Authorize } from './host/access.js';
import type { LanguageModels } from './provider/language-models.js';
import type { GlobalsFactory } from './run/globals.js';
import type { Logger } from './run/log-entry.js';
import type { Services } from './services.js';
import type { Backend } from './storage/storage.js';
import type { Tool } from './tool/tool.js';
import type { ToolSource } from './tool/tool-source.js';

/** Which adapters stand behind which port, and what the program wants. */
export interface RuntimeParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: Engine;
  /** Where the VMs of runs come from; from the engine, on this thread, when absent. */
  readonly vms?: VmSource | undefined;
  /** Made when a tool is first looked for. */
  readonly tools: () => readonly Tool[];
  /** Servers with further tools. */
  readonly toolSources?: ((secrets: Secrets) => readonly ToolSource[]) | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of scripts start. */
  readonly cwd: string;
  /** Files that decide what is open: no script writes them. */
  readonly configFiles?: readonly string[] | undefined;
  /** Who acts when a call names nobody. */
  readonly actor?: string | undefined;
  /** Decides whether a call may be made; every call may when absent. */
  readonly authorize?: Authorize | undefined;
  /** Answers what is kept in place of data that comes in or is stored. */
  readonly redact?: Redact | undefined;
  /** The most bytes of contents to keep in memory once they were read. */
  readonly cacheBytes?: number | undefined;
  /** Hears what scripts log. */
  readonly logger?: Logger | undefined;
  /** Where prompts are from, in place of files; what it answers is checked when it is asked. */
  readonly promptLoader?: ((folder: string) => unknown) | undefined;
  readonly openBackend: () => Promise<Backend>;
  /** What is stored outlives the runtime, so runs are recorded. */
  readonly isDurable: boolean;
  readonly openModels: (secrets: Secrets) => Promise<LanguageModels>;
  readonly globals: (services: Services) => GlobalsFactory;
}
