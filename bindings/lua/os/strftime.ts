/** Dates as C's `strftime` prints them in the "C" locale, for `os.date`. */
import { SpellError } from '../../../runtime/base/errors.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];
const DAY_MS = 24 * 60 * 60 * 1000;

/** CalendarTime is a moment in one time zone, in the fields that `os.date('*t')` has. */
export interface CalendarTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly min: number;
  readonly sec: number;
  /** From 1 for Sunday. */
  readonly wday: number;
  /** From 1. */
  readonly yday: number;
  readonly isdst: boolean;
}

/** A moment in UTC or in the machine's time zone. */
export function calendarTime(ms: number, utc: boolean): CalendarTime {
  const date = new Date(ms);
  const local = utc ? date : new Date(ms - date.getTimezoneOffset() * 60_000);
  const year = local.getUTCFullYear();
  return {
    year,
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    min: local.getUTCMinutes(),
    sec: local.getUTCSeconds(),
    wday: local.getUTCDay() + 1,
    yday: Math.floor((local.getTime() - Date.UTC(year, 0, 1)) / DAY_MS) + 1,
    isdst: !utc && isDaylightSaving(date),
  };
}

function isDaylightSaving(date: Date): boolean {
  const january = new Date(date.getFullYear(), 0, 1).getTimezoneOffset();
  const july = new Date(date.getFullYear(), 6, 1).getTimezoneOffset();
  return january !== july && date.getTimezoneOffset() === Math.min(january, july);
}

/**
 * Text of a moment. `%E` and `%O` modifiers are accepted and ignored, as in the "C" locale.
 *
 * @throws SpellError `BAD_ARGUMENT` for a conversion that C does not know.
 */
export function strftime(format: string, ms: number, utc: boolean): string {
  const time = calendarTime(ms, utc);
  const offset = utc ? 0 : -new Date(ms).getTimezoneOffset();
  return format.replace(/%([EO]?)([\s\S]|$)/g, (found, _, letter: string) => {
    const text = conversion(letter, time, offset, ms);
    if (text !== undefined) return text;
    throw new SpellError(
      'BAD_ARGUMENT',
      `bad argument #1 to 'os.date' (invalid conversion specifier '${found}')`,
    );
  });
}

function conversion(
  letter: string,
  time: CalendarTime,
  offset: number,
  ms: number,
): string | undefined {
  const { year, month, day, hour, min, sec, wday, yday } = time;
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const weekday = DAYS[wday - 1] as string;
  const monthName = MONTHS[month - 1] as string;
  const clock = `${pad(hour)}:${pad(min)}:${pad(sec)}`;
  const iso = isoWeek(time);
  switch (letter) {
    case 'a':
      return weekday.slice(0, 3);
    case 'A':
      return weekday;
    case 'b':
    case 'h':
      return monthName.slice(0, 3);
    case 'B':
      return monthName;
    case 'c':
      return `${weekday.slice(0, 3)} ${monthName.slice(0, 3)} ${pad(day, 2, ' ')} ${clock} ${year}`;
    case 'C':
      return pad(Math.floor(year / 100));
    case 'd':
      return pad(day);
    case 'D':
    case 'x':
      return `${pad(month)}/${pad(day)}/${pad(year % 100)}`;
    case 'e':
      return pad(day, 2, ' ');
    case 'F':
      return `${year}-${pad(month)}-${pad(day)}`;
    case 'g':
      return pad(iso.year % 100);
    case 'G':
      return String(iso.year);
    case 'H':
      return pad(hour);
    case 'I':
      return pad(hour12);
    case 'j':
      return pad(yday, 3);
    case 'm':
      return pad(month);
    case 'M':
      return pad(min);
    case 'n':
      return '\n';
    case 'p':
      return hour < 12 ? 'AM' : 'PM';
    case 'r':
      return `${pad(hour12)}:${pad(min)}:${pad(sec)} ${hour < 12 ? 'AM' : 'PM'}`;
    case 'R':
      return `${pad(hour)}:${pad(min)}`;
    case 's':
      return String(Math.floor(ms / 1000));
    case 'S':
      return pad(sec);
    case 't':
      return '\t';
    case 'T':
    case 'X':
      return clock;
    case 'u':
      return String(wday === 1 ? 7 : wday - 1);
    case 'U':
      return pad(Math.floor((yday + 6 - (wday - 1)) / 7));
    case 'V':
      return pad(iso.week);
    case 'w':
      return String(wday - 1);
    case 'W':
      return pad(Math.floor((yday + 6 - ((wday + 5) % 7)) / 7));
    case 'y':
      return pad(year % 100);
    case 'Y':
      return String(year);
    case 'z':
      return zone(offset);
    case 'Z':
      return offset === 0 ? 'UTC' : zone(offset);
    case '%':
      return '%';
    default:
      return undefined;
  }
}

/** Week of the ISO 8601 year: the one with the year's first Thursday is week 1. */
function isoWeek({ year, month, day, wday }: CalendarTime): { year: number; week: number } {
  const fromMonday = (wday + 5) % 7;
  const thursday = new Date(Date.UTC(year, month - 1, day - fromMonday + 3));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - first) / (7 * DAY_MS)) + 1;
  return { year: thursday.getUTCFullYear(), week };
}

function zone(offset: number): string {
  const minutes = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${pad(minutes % 60)}`;
}

function pad(value: number, width = 2, fill = '0'): string {
  return String(value).padStart(width, fill);
}
