/** Reads moments. */
import { DateTime, IANAZone } from 'luxon';
import { SpellError } from '../../base/errors.js';
import { Float, type Value } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { tokensOf } from './datetime-formats.js';
import { badArgument, optionalText } from './input.js';

/** Milliseconds since 1970 have more digits than seconds of any year that people name. */
const LEAST_MILLISECONDS = 1e11;

/** @throws SpellError `TOOL_FAILED` for what is no moment. */
export function momentOf(args: ToolArguments, name: string): DateTime {
  const given = args.get(name);
  const zone = zoneOf(args, 'timezone');
  const number = numberOf(given);
  const moment =
    number === undefined
      ? fromText(String(given).trim(), zone, optionalText(args.get('input_format')))
      : DateTime.fromMillis(Math.abs(number) >= LEAST_MILLISECONDS ? number : number * 1000, {
          zone: zone ?? 'utc',
        });
  if (moment?.isValid === true) return moment;
  throw new SpellError(
    'TOOL_FAILED',
    `/${name} is no date or time: ${JSON.stringify(String(given))}`,
    {
      hint: 'Write it like 2026-11-21T15:04:05+01:00, or give an input_format such as %d.%m.%Y.',
      details: { path: `/${name}` },
    },
  );
}

function numberOf(given: Value): number | undefined {
  if (given instanceof Float) return given.value;
  if (typeof given === 'string')
    return /^-?\d{9,16}$/.test(given.trim()) ? Number(given) : undefined;
  return Number(given);
}

function fromText(
  text: string,
  zone: string | undefined,
  format: string | undefined,
): DateTime | undefined {
  // A zone that the text names holds, unless another one is wanted.
  const options = { zone: zone ?? 'utc', setZone: zone === undefined };
  if (format !== undefined) {
    const locale = { ...options, locale: 'en-US' };
    return DateTime.fromFormat(text, tokensOf(format, '/input_format'), locale);
  }
  const readings = [DateTime.fromISO, DateTime.fromSQL, DateTime.fromRFC2822, DateTime.fromHTTP];
  for (const read of readings) {
    const moment = read.call(DateTime, text, options);
    if (moment.isValid) return moment;
  }
  return undefined;
}

/** @throws SpellError `TOOL_ARGUMENTS` for a zone that there isn't. */
export function zoneOf(args: ToolArguments, name: string): string | undefined {
  const zone = optionalText(args.get(name));
  if (zone === undefined) return undefined;
  if (IANAZone.isValidZone(zone) || DateTime.utc().setZone(zone).isValid) return zone;
  throw badArgument(
    `/${name}`,
    `is no time zone: ${JSON.stringify(zone)}`,
    'Zones have names such as Europe/Zurich, UTC, UTC+2.',
  );
}
