/** Runs the benchmarks: all of them, or those that are named as arguments. */
import { benchArtifacts } from './artifact.js';
import { benchDurability } from './durability.js';
import { benchHostCalls } from './host-call.js';
import { benchInterrupts } from './interrupt.js';
import { benchModelCalls } from './model-call.js';
import { benchStartup } from './startup.js';

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  'host-call': benchHostCalls,
  interrupt: benchInterrupts,
  startup: benchStartup,
  artifact: benchArtifacts,
  durability: benchDurability,
  'model-call': benchModelCalls,
};

const wanted = process.argv.slice(2);
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (wanted.length === 0 || wanted.includes(name)) await run();
}
