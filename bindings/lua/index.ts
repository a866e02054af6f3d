/**
 * The functions that scripts and preludes see, as a list: one entry for each module, which is loaded when a script
 * first calls one of its functions. Adding a global means adding its folder and its entry here; every function gets
 * its other spellings from `compat.ts`.
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
import { ioModule } from './io/io-module.js';
import { jsonModule } from './json/json-module.js';
import { lateFunctions } from './late-function.js';
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
  return (facts): Globals => ({ functions: globalFunctions({ services, meter, facts }), preludes });
}

interface Surroundings {
  readonly services: Services;
  readonly meter: OpenMeter;
  readonly facts: RunFacts;
}

type Module = readonly [
  /** Where Lua finds its functions, in the order in which it makes them. */
  paths: readonly string[],
  make: (surroundings: Surroundings) => readonly GlobalFunction[],
];

const MODULES: readonly Module[] = [
  [
    [
      'Session.create Session.createAndUse Session.get Session.list Session.children',
      'Session.save Session.load Session.suspend Session.resume Session.complete',
      'Session.fail Session.delete Session.setCurrent Session.use Session.getCurrent',
      'Session.updateMetadata Session.getMetadata Session.update Session.rename',
      'Session.checkpoints Session.checkpoint Session.cleanup Session.stats',
    ],
    ({ services }) => sessionModule(services),
  ],
  [
    [
      'Session.addMessage Session.getMessage Session.history Session.clearHistory',
      'Session.setSystemPrompt',
    ],
    ({ services }) => conversationModule(services),
  ],
  [
    [
      'Session.startConversation Session.listConversations Session.activeConversation',
      'Session.useConversation Session.conversationHistory Session.historyTree',
    ],
    ({ services }) => historyModule(services),
  ],
  [
    [
      'Session.initialize Session.data Session.getContext Session.setContext',
      'Session.getProvider Session.setProvider Session.setResponse Session.responses',
      'Session.summary Session.errors',
    ],
    ({ services }) => detailModule(services),
  ],
  [
    ['Session.export Session.import Session.loadFile Session.copy Session.merge'],
    ({ services }) => transferModule(services),
  ],
  [
    [
      'host.check_ask_fields host.new_group host.add_prompt host.update_prompt',
      'host.advance_to_last host.prompts host.model_settings host.system_prompt',
    ],
    ({ services }) => promptModule(services),
  ],
  [
    ['host.machine_load host.provider_of_type host.reach_provider host.bandwidth'],
    ({ services, meter }) => monitorModule(services, meter),
  ],
  [
    [
      'Session.canReplay Session.getReplayMetadata Session.listReplayable Session.replay',
      'Session.journal Session.timeline',
    ],
    ({ services }) => replayModule(services),
  ],
  [['Session.fork Session.resumeFrom'], ({ services }) => forkModule(services)],
  [['host.compare_values host.next_cron_time'], () => replayGlobalModule()],
  [
    ['host.wake_time host.sleep_until host.wait_event Session.signal'],
    ({ services }) => waitModule(services),
  ],
  [
    ['Session.waitForApproval host.wait_approval Session.approve'],
    ({ services, facts }) => approvalModule(services, facts),
  ],
  [
    [
      'Artifact.store Artifact.storeFile Artifact.storeData Artifact.storeMany Artifact.get',
      'Artifact.list Artifact.query Artifact.delete Artifact.deleteWhere host.data_content',
      'host.content_data host.artifact_piece',
    ],
    ({ services }) => artifactModule(services),
  ],
  [
    [
      'Tool.execute host.execute_approved Tool.list Tool.get Tool.schema Tool.exists',
      'Tool.categories Tool.discover',
    ],
    ({ services }) => toolModule(services),
  ],
  [
    [
      'LLM.generate Session.generate LLM.stream Session.stream host.llm_read host.llm_close',
      'host.fail LLM.models LLM.providers LLM.capabilities LLM.validateForTask LLM.select',
      'host.llm_target LLM.registerModel',
    ],
    ({ services, facts }) => llmModule(services, facts),
  ],
  [['host.add_turn'], ({ services }) => turnModule(services)],
  [['host.load_prompts'], ({ services, facts }) => promptFileModule(services, facts.folder)],
  [
    [
      'host.tool_definition host.check_tool host.near_tools host.tool_duration',
      'host.session_tools host.add_tool',
    ],
    ({ services }) => scriptToolModule(services),
  ],
  [
    ['Session.compact host.compact Session.setHead Session.messagesForProvider'],
    ({ services }) => compactionModule(services),
  ],
  [
    ['State.save State.set State.load State.get State.delete State.list_keys State.list'],
    ({ services }) => stateModule(services),
  ],
  [['Log.debug Log.info Log.warn Log.error'], ({ services, facts }) => logModule(services, facts)],
  [['JSON.parse JSON.stringify'], ({ facts }) => jsonModule(facts)],
  [
    [
      'os.time os.clock os.date os.difftime os.getenv os.setlocale os.execute',
      'host.run_command os.exit host.random_seed',
    ],
    ({ services }) => osModule(services),
  ],
  [['Secret.get Secret.exists Secret.list'], ({ services }) => secretModule(services)],
  [
    [
      'host.write host.read_input host.read_file host.write_file host.remove_file',
      'host.rename_file host.temporary_name',
    ],
    ({ services, facts }) => ioModule(services, facts),
  ],
  [
    ['host.program_ask host.program_tell host.program_execute'],
    ({ facts }) => programModule(facts.functions),
  ],
  [
    ['host.module_path host.find_module host.read_chunk'],
    ({ services, facts }) => moduleLoader(facts.folder, services.config.lua.packagePath),
  ],
];

function globalFunctions(surroundings: Surroundings): GlobalFunction[] {
  return MODULES.flatMap(([paths, make]) =>
    lateFunctions(
      paths.flatMap((line) => line.split(' ')),
      () => make(surroundings),
    ),
  );
}
