/** What the datetime handler does. */
import { DateTime, type DurationLikeObject } from 'luxon';
import { SpellError } from '../../base/errors.js';
import type { HostObject } from '../../base/value.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { FORMATS, formatted } from './datetime-formats.js';
import { momentOf, zoneOf } from './datetime-parse.js';

type Now = Pick<ToolContext, 'now'>;

const OPERATIONS = {
  parse,
  now,
  convert_timezone: convert,
  add: (args: ToolArguments) => move(args, 1),
  subtract: (args: ToolArguments) => move(args, -1),
  difference,
  info,
  formats,
};

/** @throws SpellError `TOOL_FAILED` for what is no moment, `TOOL_ARGUMENTS` for zones and formats that are none. */
export function datetimeOperation(args: ToolArguments, context: Now): HostObject {
  return OPERATIONS[args.get('operation') as keyof typeof OPERATIONS](args, context);
}

function parse(args: ToolArguments): HostObject {
  const moment = momentOf(args, 'input');
  return { input: inputOf(args), datetime: formatted(moment, args), ...factsOf(moment) };
}

function now(args: ToolArguments, { now: clock }: Now): HostObject {
  const moment = DateTime.fromMillis(clock(), { zone: zoneOf(args, 'timezone') ?? 'utc' });
  return { datetime: formatted(moment, args), ...factsOf(moment) };
}

function convert(args: ToolArguments): HostObject {
  const moment = momentOf(args, 'input');
  const converted = moment.setZone(zoneOf(args, 'target_timezone') ?? 'utc');
  return {
    input: inputOf(args),
    target_timezone: converted.zoneName,
    original: formatted(moment, args),
    converted: formatted(converted, args),
    ...factsOf(converted),
  };
}

function move(args: ToolArguments, direction: 1 | -1): HostObject {
  const moment = momentOf(args, 'input');
  const amount = Number(args.get('amount'));
  const unit = String(args.get('unit')).replace(/s?$/, 's') as keyof DurationLikeObject;
  const moved = moment.plus({ [unit]: direction * amount });
  if (!moved.isValid) throw new SpellError('TOOL_FAILED', 'the result is beyond every calendar');
  return {
    input: inputOf(args),
    amount,
    unit,
    original: formatted(moment, args),
    result: formatted(moved, args),
    timestamp: Math.floor(moved.toSeconds()),
  };
}

const PARTS = ['years', 'months', 'days', 'hours', 'minutes', 'seconds'] as const;

function difference(args: ToolArguments): HostObject {
  const start = momentOf(args, 'start');
  const end = momentOf(args, 'end');
  const ms = end.toMillis() - start.toMillis();
  const [first, second] = ms < 0 ? [end, start] : [start, end];
  // Calendars count in one zone.
  const parts = second
    .setZone(first.zone)
    .diff(first, [...PARTS])
    .toObject();
  const named = PARTS.map((part) => [part, parts[part]] as const);
  const shown = named.filter(([, count = 0]) => count !== 0);
  const words = shown.map(([part, count]) => `${count} ${count === 1 ? part.slice(0, -1) : part}`);
  return {
    start: formatted(start, args),
    end: formatted(end, args),
    milliseconds: ms,
    seconds: ms / 1000,
    minutes: ms / 60_000,
    hours: ms / 3_600_000,
    days: ms / 86_400_000,
    weeks: ms / 604_800_000,
    is_negative: ms < 0,
    parts: Object.fromEntries(named),
    text: words.length === 0 ? '0 seconds' : words.join(', '),
  };
}

function info(args: ToolArguments): HostObject {
  const moment = momentOf(args, 'input');
  return {
    input: inputOf(args),
    datetime: formatted(moment, args),
    ...factsOf(moment),
    week: moment.weekNumber,
    week_year: moment.weekYear,
    day_of_year: moment.ordinal,
    quarter: moment.quarter,
    days_in_month: moment.daysInMonth ?? null,
    is_leap_year: moment.isInLeapYear,
    is_dst: moment.isInDST,
    is_weekend: moment.weekday > 5,
    start_of_day: formatted(moment.startOf('day'), args),
    end_of_day: formatted(moment.endOf('day'), args),
    start_of_month: formatted(moment.startOf('month'), args),
    end_of_month: formatted(moment.endOf('month'), args),
  };
}

function formats(): HostObject {
  const example = DateTime.fromISO('2026-11-21T15:04:05.678Z', { zone: 'utc' });
  return {
    formats: Object.entries(FORMATS).map(([name, { description, write }]) => ({
      name,
      description,
      example: write(example),
    })),
  };
}

function factsOf(moment: DateTime): HostObject {
  return {
    iso: moment.toISO(),
    utc: moment.toUTC().toISO(),
    timestamp: Math.floor(moment.toSeconds()),
    timestamp_ms: moment.toMillis(),
    timezone: moment.zoneName,
    offset: moment.toFormat('ZZ'),
    year: moment.year,
    month: moment.month,
    day: moment.day,
    hour: moment.hour,
    minute: moment.minute,
    second: moment.second,
    weekday: moment.setLocale('en-US').weekdayLong,
  };
}

function inputOf(args: ToolArguments): string {
  return String(args.get('input'));
}
