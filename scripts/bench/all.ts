/** Runs the benchmarks: all of them, or those that are named as arguments; a number is how many of what is counted. */
import { benchArtifacts } from './artifact.js';
import { benchConversations } from './conversations.js';
import { benchDurability } from './durability.js';
import { benchHostCalls } from './host-call.js';
import { benchInterrupts } from './interrupt.js';
import { benchIsolation } from './isolation.js';
import { benchModelCalls } from './model-call.js';
import { benchResume } from './resume.js';
import { benchSleeping } from './sleeping.js';
import { benchSnapshots } from './snapshots.js';
import { benchStartup } from './startup.js';
import { benchToolGate } from './tool-gate.js';

const BENCHMARKS: Readonly<Record<string, (count?: number) => Promise<void>>> = {
  'host-call': benchHostCalls,
  interrupt: benchInterrupts,
  isolation: benchIsolation,
  startup: benchStartup,
  artifact: benchArtifacts,
  durability: benchDurability,
  sleeping: benchSleeping,
  snapshots: benchSnapshots,
  resume: benchResume,
  'model-call': benchModelCalls,
  'tool-gate': benchToolGate,
  conversations: benchConversations,
};

const isCount = (argument: string) => /^\d+$/.test(argument);
const wanted = process.argv.slice(2).filter((argument) => !isCount(argument));
const count = process.argv.slice(2).find(isCount);
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (wanted.length === 0 || wanted.includes(name)) {
    await run(count === undefined ? undefined : Number(count));
  }
}
