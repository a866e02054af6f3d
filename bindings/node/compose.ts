/** The only place where configuration meets adapters: what stands behind every port is decided here. */
import type { Config, LuaConfig } from '../../config/config.js';
import type { LoadedConfig } from '../../config/load.js';
import { systemClock } from '../../runtime/base/clock.js';
import { createSystemRandom } from '../../runtime/base/random.js';
import type { VmSource } from '../../runtime/engine/engine.js';
import type { BootCache } from '../../runtime/engine/wasmoon/boot.js';
import { createWasmoonEngine } from '../../runtime/engine/wasmoon/wasmoon-engine.js';
import type { ModelRegistry } from '../../runtime/provider/model-registry.js';
import type { Provider } from '../../runtime/provider/provider.js';
import type { RuntimeParts } from '../../runtime/runtime-parts.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { builtinTools } from '../../runtime/tool/builtin/builtin-tools.js';
import { machineTools } from '../../runtime/tool/builtin/machine-tools.js';
import { networkTools } from '../../runtime/tool/builtin/network-tools.js';
import { McpSource } from '../../runtime/tool/mcp/mcp-source.js';
import { Network } from '../../runtime/tool/network/network.js';
import { luaGlobals } from '../lua/index.js';

/** What only a program can decide: there are no keys of the configuration for it. */
export interface ProgramParts
  extends Pick<
    RuntimeParts,
    'actor' | 'authorize' | 'redact' | 'cacheBytes' | 'promptLoader' | 'logger'
  > {
  /** Keeps from process to process what makes the first VM quicker to make. */
  readonly bootCache?: BootCache;
  /** Hears what a user should know and what fails nothing. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Opens the program's own storage. */
  readonly backend?: (() => Promise<Backend>) | undefined;
  /** Providers of models, by name. */
  readonly providers?: Readonly<Record<string, Provider>> | undefined;
  /** What the program knows of models. */
  readonly registry?: ModelRegistry | undefined;
}

export function composeRuntime(
  loaded: LoadedConfig,
  environment: RuntimeParts['environment'],
  cwd: string,
  { bootCache, warn, backend, providers = {}, registry, ...program }: ProgramParts = {},
): RuntimeParts {
  const { config } = loaded;
  const random = createSystemRandom();
  const engine = createWasmoonEngine(bootCache);
  return {
    ...program,
    config,
    clock: systemClock,
    random,
    engine,
    vms: config.lua.untrusted ? isolatedVms(config.lua) : undefined,
    tools: () => [...builtinTools, ...machineTools, ...networkTools(networkOf(config))],
    toolSources: (secrets) =>
      Object.entries(config.tools.mcp).map(
        ([name, server]) => new McpSource(name, server, { secrets, cwd }),
      ),
    environment,
    cwd,
    configFiles: [...loaded.files, loaded.paths.userFile],
    openBackend: backend ?? (() => openBackend(loaded, warn)),
    isDurable: backend !== undefined || config.sessions.storageBackend !== 'memory',
    openModels: async (secrets) => {
      const { composeModels } = await import('./compose-models.js');
      return composeModels({
        config,
        secrets,
        engine,
        providers,
        registry,
        clock: systemClock,
        random,
      });
    },
    globals: luaGlobals,
  };
}

function networkOf({ security, tools }: Config): Network {
  return new Network({ hosts: security.networkHosts, settings: tools.named, clock: systemClock });
}

/** Each thread makes a VM of its own from the start: nothing that a script did reaches another one's. */
function isolatedVms({ stallMs, maxCallsPerSecond }: LuaConfig): VmSource {
  return async (options, image) => {
    const { IsolatedVm } = await import('../../runtime/engine/isolated/isolated-vm.js');
    return IsolatedVm.create(options, image, { stallMs, maxCallsPerSecond });
  };
}

async function openBackend({ config }: LoadedConfig, warn: ProgramParts['warn']): Promise<Backend> {
  const { path, maxBytes } = config.storage;
  if (config.sessions.storageBackend === 'lmdb') {
    const { openLmdbBackend } = await import('../../runtime/storage/lmdb.js');
    return openLmdbBackend({ path, maxBytes, sync: config.durability.sync, warn });
  }
  const { createMemoryBackend } = await import('../../runtime/storage/memory.js');
  return createMemoryBackend({ maxBytes });
}
