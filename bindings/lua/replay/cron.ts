/** Cron expressions of five fields, in UTC: minute, hour, day of the month, month, day of the week. */
import { SpellError } from '../../../runtime/base/errors.js';

export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** When days and weekdays are both limited, either is enough. */
  readonly isEitherDay: boolean;
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of the week', least: 0, most: 7, names: WEEKDAYS },
];

const SHORTHANDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** @throws SpellError `BAD_ARGUMENT` */
export function parseCron(expression: string): CronSchedule {
  const text = expression.trim().toLowerCase();
  const parts = (SHORTHANDS[text] ?? text).split(/\s+/);
  if (parts.length !== FIELDS.length) {
    throw badCron(expression, `it has ${parts.length} fields in place of ${FIELDS.length}`);
  }
  const [minutes, hours, days, months, weekdays] = FIELDS.map((field, index) =>
    valuesOf(expression, parts[index] as string, field),
  ) as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>];
  // Both 0 and 7 are Sunday.
  if (weekdays.delete(7)) weekdays.add(0);
  const isEitherDay = !parts[2]?.startsWith('*') && !parts[4]?.startsWith('*');
  return { minutes, hours, days, months, weekdays, isEitherDay };
}

const MINUTE_MS = 60_000;

/** Every combination of date and weekday comes again within this many years. */
const YEARS = 28;

/**
 * The first time behind `now` that the schedule names; `undefined` when there is none, as for the 30th of February.
 *
 * @param now Seconds since the epoch, as is the result.
 */
export function nextTime(schedule: CronSchedule, now: number): number | undefined {
  const time = new Date((Math.floor((now * 1000) / MINUTE_MS) + 1) * MINUTE_MS);
  const lastYear = time.getUTCFullYear() + YEARS;
  while (time.getUTCFullYear() <= lastYear) {
    // Each step goes to the start of the next month, day, hour or minute that may fit.
    if (!schedule.months.has(time.getUTCMonth() + 1)) {
      time.setUTCMonth(time.getUTCMonth() + 1, 1);
      time.setUTCHours(0, 0);
    } else if (!isDay(schedule, time)) {
      time.setUTCDate(time.getUTCDate() + 1);
      time.setUTCHours(0, 0);
    } else if (!schedule.hours.has(time.getUTCHours())) {
      time.setUTCHours(time.getUTCHours() + 1, 0);
    } else if (!schedule.minutes.has(time.getUTCMinutes())) {
      time.setUTCMinutes(time.getUTCMinutes() + 1);
    } else {
      return time.getTime() / 1000;
    }
  }
  return undefined;
}

function isDay({ days, weekdays, isEitherDay }: CronSchedule, time: Date): boolean {
  const [isDate, isWeekday] = [days.has(time.getUTCDate()), weekdays.has(time.getUTCDay())];
  return isEitherDay ? isDate || isWeekday : isDate && isWeekday;
}

/** A field is a list of `*`, numbers, names and ranges, each with an optional step. */
function valuesOf(expression: string, text: string, field: Field): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (match === null) throw badField(expression, part, field);
    const [, first = '', last, stepText] = match;
    const step = stepText === undefined ? 1 : Number(stepText);
    const isAll = first === '*';
    const from = isAll ? field.least : numberOf(expression, first, field);
    const until = last === undefined ? undefined : numberOf(expression, last, field);
    // A start with a step goes on to the end, as in 5/15.
    const end = until ?? (isAll || stepText !== undefined ? field.most : from);
    if (step < 1 || from > end || (isAll && last !== undefined)) {
      throw badField(expression, part, field);
    }
    for (let value = from; value <= end; value += step) values.add(value);
  }
  return values;
}

function numberOf(expression: string, text: string, field: Field): number {
  const named = field.names.indexOf(text);
  const value = named === -1 ? Number(text) : named + field.least;
  if (Number.isInteger(value) && value >= field.least && value <= field.most) return value;
  throw badField(expression, text, field);
}

function badField(expression: string, part: string, { name, least, most }: Field): SpellError {
  return badCron(expression, `'${part}' is no ${name} (${least} to ${most})`);
}

function badCron(expression: string, problem: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `bad schedule ${JSON.stringify(expression)}: ${problem}`, {
    hint: "Five fields as in '30 6 * * mon-fri': minute, hour, day, month, weekday, in UTC.",
  });
}
