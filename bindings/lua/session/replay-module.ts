/** The part of the `Session` global that replays sessions and tells their story. */
import type { HostObject, Value } from '../../../runtime/base/value.js';
import { isMap } from '../../../runtime/base/value.js';
import type { HostArguments, HostResult } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { GlobalFunction } from '../../../runtime/run/globals.js';
import type { Modification } from '../../../runtime/run/modification.js';
import type { Services } from '../../../runtime/services.js';
import {
  REPLAY_MODES,
  type ReplayMode,
  type SessionReplayOptions,
} from '../../../runtime/session-replay.js';
import { badArgument, isAbsent, text } from '../arguments.js';
import { readFields, timeoutOf } from './option-fields.js';
import { placeOf } from './place-argument.js';
import { journalTable, metadataTable, reportTable, timelineTable } from './replay-tables.js';
import { optionalSessionId, requireCurrent } from './session-argument.js';
import { noTarget, sessionFunction } from './session-function.js';

export function replayModule(services: Services): GlobalFunction[] {
  return [
    sessionFunction(
      'canReplay',
      'state',
      (args) => text(args, 1),
      (id, call) => services.replaySession().canReplay(id, call),
    ),
    sessionFunction('getReplayMetadata', 'state', sessionArgument, async (id, call) =>
      metadataTable(await services.replaySession().metadata(requireCurrent(id, call), call)),
    ),
    sessionFunction(
      'listReplayable',
      'state',
      () => undefined,
      (_, call) => services.replaySession().listReplayable(call),
      noTarget,
    ),
    sessionFunction('replay', 'state', parseReplay, (asked, call) => replay(services, asked, call)),
    sessionFunction('journal', 'state', sessionArgument, async (id, call) =>
      journalTable(await services.story().journal(requireCurrent(id, call))),
    ),
    sessionFunction('timeline', 'state', sessionArgument, async (id, call) =>
      timelineTable(await services.story().timeline(requireCurrent(id, call))),
    ),
  ];
}

interface ReplayArguments {
  readonly id: string;
  readonly options: SessionReplayOptions;
  /** Comes back in the report, for those who keep reports. */
  readonly metadata: Value;
}

/** What rs-llmspell allows a replay. */
const TIMEOUT_SECONDS = 300;

function sessionArgument(args: HostArguments): string | undefined {
  return optionalSessionId(args, 1);
}

function parseReplay(args: HostArguments): ReplayArguments {
  const id = text(args, 1);
  const defaults = {
    mode: 'exact',
    compareResults: true,
    timeoutMs: TIMEOUT_SECONDS * 1000,
    stopOnError: false,
    modifications: [],
  } as const;
  if (isAbsent(args, 2)) return { id, options: defaults, metadata: undefined };
  return readFields(args, 2, (fields) => {
    const options: SessionReplayOptions = {
      mode: modeOf(args, fields.raw('mode')),
      from: placeOf(args, 2, "field 'from'", fields.raw('from')),
      compareResults: fields.boolean('compare_results') ?? defaults.compareResults,
      timeoutMs: timeoutOf(args, 2, fields) ?? defaults.timeoutMs,
      stopOnError: fields.boolean('stop_on_error') ?? defaults.stopOnError,
      modifications: modificationsOf(args, fields.raw('modifications')),
    };
    return { id, options, metadata: fields.map('metadata') };
  });
}

/** A name, or one of `Replay.modes`, which is a table with its name. */
function modeOf(args: HostArguments, given: Value): ReplayMode {
  const name = isMap(given) ? given.get('mode') : (given ?? 'exact');
  const mode = REPLAY_MODES.find((known) => known === name);
  if (mode !== undefined) return mode;
  throw badArgument(args, 2, `field 'mode': one of ${REPLAY_MODES.join(', ')} expected`);
}

/** The modifications that are switched on. */
function modificationsOf(args: HostArguments, given: Value): Modification[] {
  if (given === undefined || (isMap(given) && given.size === 0)) return [];
  const problem = "field 'modifications': list of Replay.create_modification expected";
  if (!Array.isArray(given)) throw badArgument(args, 2, problem);
  return given.flatMap((item: Value) => {
    const path = isMap(item) ? item.get('path') : undefined;
    if (!isMap(item) || typeof path !== 'string') throw badArgument(args, 2, problem);
    return item.get('enabled') === false ? [] : [{ path, value: item.get('value') }];
  });
}

async function replay(
  services: Services,
  { id, options, metadata }: ReplayArguments,
  call: CallContext,
): Promise<HostResult> {
  const report = await services.replaySession().replay(id, options, call);
  return { ...reportTable(report), metadata } satisfies HostObject;
}
