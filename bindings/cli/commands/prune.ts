/** `llmspell prune` */
import { parseDuration } from '../../../config/quantity.js';
import { isRunPhase, RUN_PHASES, type RunPhase } from '../../../runtime/run/run-status.js';
import type { PruneRunsOptions } from '../../../runtime/run-archive.js';
import type { Runtime } from '../../node/runtime.js';
import { EXIT_OK } from '../exit-code.js';
import { confirm, type Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { type Options, usageError } from '../option.js';
import { countText } from '../render/formats.js';

export async function pruneRuns(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const statuses = statusOptions(options);
  const age = options.parsed('olderThan', parseDuration, 'a time such as 30d or 12h');
  const dryRun = options.flag('dryRun');
  const report = await withKeptRuns(invocation, async (runtime) => {
    const which = { before: new Date(Date.now() - ageOf(runtime, age)), ...statuses };
    const planned = await runtime.archive.prune({ ...which, dryRun: true });
    if (dryRun || planned.removed.length === 0) return planned;
    const question = `Remove ${countText(planned.removed.length, 'run')} with what only they need?`;
    await confirm(invocation, question);
    return runtime.archive.prune(which);
  });
  const { removed, shared } = report;
  await terminal.result({ removed, shared, dry_run: dryRun }, () => {
    for (const id of removed) terminal.out(`${id}\n`);
    if (shared.length > 0) terminal.note(`${countText(shared.length, 'run')} kept for their forks`);
    terminal.note(`${dryRun ? 'would remove' : 'removed'} ${countText(removed.length, 'run')}`);
  });
  return EXIT_OK;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Milliseconds; those of the configuration where none were given. */
function ageOf(runtime: Runtime, given: number | undefined): number {
  const { retentionDays } = runtime.config.durability;
  if (given !== undefined) return given;
  if (retentionDays !== undefined) return retentionDays * DAY_MS;
  throw usageError(
    "option '--older-than <time>' is needed",
    'Or set retention_days in [runtime.durability].',
  );
}

function statusOptions(options: Options): Pick<PruneRunsOptions, 'statuses'> {
  const given = options.texts('status');
  const unknown = given.find((status) => !isRunPhase(status));
  if (unknown !== undefined) {
    const expected = RUN_PHASES.join(', ');
    throw usageError(
      `option '--status' must be one of ${expected}, got ${JSON.stringify(unknown)}`,
    );
  }
  return given.length === 0 ? {} : { statuses: given as readonly RunPhase[] };
}
