/** What is refused about kept runs, in words. */
import { SpellError } from './base/errors.js';
import type { RunRecord } from './run/run-record.js';

export function otherScriptFrom(): SpellError {
  return new SpellError('BAD_ARGUMENT', 'another script cannot start from a checkpoint', {
    hint: 'A checkpoint is of the recorded script: replay the other one from its first line.',
    key: 'from',
  });
}

export function endsBefore(to: number, first: number): SpellError {
  return new SpellError(
    'BAD_ARGUMENT',
    `entry ${to} lies before the checkpoint at entry ${first}`,
    {
      hint: 'Start from an earlier checkpoint, or from the first line.',
      key: 'to',
    },
  );
}

export function finished(record: RunRecord): SpellError {
  return new SpellError(
    'RUN_STATE',
    `run ${record.id} has ${record.status}: nothing is left to do`,
    {
      hint: `Use llmspell replay to run it again from its record, or llmspell fork to try another way.`,
      details: { run: record.id, status: record.status },
    },
  );
}

export function notDue({ id, status }: RunRecord): SpellError {
  return new SpellError('RUN_STATE', `run ${id} sleeps and is not due`, {
    hint: 'llmspell resume wakes it now.',
    details: { run: id, status },
  });
}
