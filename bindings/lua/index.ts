/**
 * The globals that scripts see, as a list: one line for each global. Adding one means adding its folder and its line
 * here; every function gets its other spellings from `compat.ts`.
 */
import { preludeChunk } from '../../runtime/engine/prelude.js';
import type {
  GlobalFunction,
  Globals,
  GlobalsFactory,
  RunFacts,
} from '../../runtime/run/globals.js';
import type { Services } from '../../runtime/services.js';
import { artifactModule } from './artifact/artifact-module.js';
import { moduleLoader } from './base/module-loader.js';
import { otherNames } from './compat.js';
import { ioModule } from './io/io-module.js';
import { jsonModule } from './json/json-module.js';
import { llmModule } from './llm/llm-module.js';
import { bandwidthMeter, monitorModule, type OpenMeter } from './llm/monitor-module.js';
import { promptFileModule } from './llm/prompt-file-module.js';
import { turnModule } from './llm/turn-module.js';
import { logModule } from './log/log-module.js';
import { osModule } from './os/os-module.js';
import { programModule } from './program/program-module.js';
import { replayGlobalModule } from './replay/replay-module.js';
import { secretModule } from './secret/secret-module.js';
import { approvalModule } from './session/approval-module.js';
import { compactionModule } from './session/compaction-module.js';
import { conversationModule } from './session/conversation-module.js';
import { detailModule } from './session/detail-module.js';
import { forkModule } from './session/fork-module.js';
import { historyModule } from './session/history-module.js';
import { promptModule } from './session/prompt-module.js';
import { replayModule } from './session/replay-module.js';
import { sessionModule } from './session/session-module.js';
import { transferModule } from './session/transfer-module.js';
import { waitModule } from './session/wait-module.js';
import { stateModule } from './state/state-module.js';
import { scriptToolModule } from './tool/script-tool-module.js';
import { toolModule } from './tool/tool-module.js';

/** Lua text on top of the functions, in the order in which it runs. */
const PRELUDES = [
  'json',
  'parallel',
  'session',
  'template',
  'artifact',
  'tool',
  'prompt-text',
  'llm',
  'generate',
  'tool-loop',
  'compact',
  'prompt-graph',
  'prompts',
  'replay',
  'io',
  'orchestrate',
  'secret',
  'base',
  'program',
];

/** Makes the globals of each run of one runtime. */
export function luaGlobals(services: Services): GlobalsFactory {
  const preludes = PRELUDES.map((name) => preludeChunk(`bindings/lua/prelude/${name}.lua`));
  const meter = bandwidthMeter(services);
  return (facts): Globals => ({ functions: globalFunctions(services, meter, facts), preludes });
}

function globalFunctions(services: Services, meter: OpenMeter, facts: RunFacts): GlobalFunction[] {
  return [
    ...sessionModule(services),
    ...conversationModule(services),
    ...historyModule(services),
    ...detailModule(services),
    ...transferModule(services),
    ...promptModule(services),
    ...monitorModule(services, meter),
    ...replayModule(services),
    ...forkModule(services),
    ...replayGlobalModule(),
    ...waitModule(services),
    ...approvalModule(services, facts),
    ...artifactModule(services),
    ...toolModule(services),
    ...llmModule(services, facts),
    ...turnModule(services),
    ...promptFileModule(services, facts.folder),
    ...scriptToolModule(services),
    ...compactionModule(services),
    ...stateModule(services),
    ...logModule(services, facts),
    ...jsonModule(facts),
    ...osModule(services),
    ...secretModule(services),
    ...ioModule(services, facts),
    ...programModule(facts.functions),
    ...moduleLoader(facts.folder, services.config.lua.packagePath),
  ].map((fn) => ({ ...fn, aliases: otherNames(fn.path) }));
}
