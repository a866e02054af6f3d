import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

const NOW = Date.UTC(2026, 10, 21, 14, 30, 5, 250);
const call = (operation: string, args: object = {}) =>
  resultOf('datetime-handler', { operation, ...args }, { now: NOW });

describe('datetime-handler', () => {
  it.each([
    ['2026-11-21T15:30:05.250+01:00', 'UTC+1'],
    ['2026-11-21 14:30:05.250', 'UTC'],
    [NOW, 'UTC'],
    [String(NOW), 'UTC'],
    [NOW / 1000, 'UTC'],
  ])('parses %s', async (input, timezone) => {
    expect(await call('parse', { input })).toMatchObject({
      utc: '2026-11-21T14:30:05.250Z',
      timestamp: Math.floor(NOW / 1000),
      timestamp_ms: NOW,
      timezone,
      minute: 30,
      weekday: 'Saturday',
    });
  });

  it.each([
    ['Sat, 21 Nov 2026 14:30:05 +0000', {}],
    ['Sat, 21 Nov 2026 14:30:05 GMT', {}],
    ['21.11.2026 15h30:05', { input_format: '%d.%m.%Y %Hh%M:%S', timezone: 'Europe/Zurich' }],
    ["November 21, 2026 02:30:05 PM o'clock", { input_format: "%B %d, %Y %I:%M:%S %p o'clock" }],
    ['2026-11-21T15:30:05', { timezone: 'Europe/Zurich' }],
  ])('parses %s with %j', async (input, more) => {
    expect(await call('parse', { input, ...more })).toMatchObject({
      utc: '2026-11-21T14:30:05.000Z',
    });
  });

  it('knows the time of the runtime, in every zone', async () => {
    expect(await call('now')).toMatchObject({
      datetime: '2026-11-21T14:30:05.250Z',
      timezone: 'UTC',
    });
    expect(
      await call('now', { timezone: 'Asia/Tokyo', format: '%Y-%m-%d %H:%M %z' }),
    ).toMatchObject({
      datetime: '2026-11-21 23:30 +0900',
      offset: '+09:00',
    });
  });

  it('converts between zones, with their summer times', async () => {
    const args = {
      timezone: 'America/New_York',
      target_timezone: 'Europe/Zurich',
      format: '%H:%M',
    };
    expect(await call('convert_timezone', { input: '2026-07-01 12:00', ...args })).toMatchObject({
      original: '12:00',
      converted: '18:00',
      offset: '+02:00',
    });
    expect(
      await call('convert_timezone', { input: '2026-11-21T12:00Z', target_timezone: 'UTC+3' }),
    ).toMatchObject({
      converted: '2026-11-21T15:00:00.000+03:00',
    });
  });

  it.each([
    ['add', '2026-01-31', 1, 'month', '2026-02-28'],
    ['add', '2024-02-29', 1, 'years', '2025-02-28'],
    ['add', '2026-12-31', 1, 'week', '2027-01-07'],
    ['subtract', '2026-03-01', 1, 'days', '2026-02-28'],
    ['add', '2026-11-21', -21, 'days', '2026-10-31'],
  ])('%s to %s %d %s', async (operation, input, amount, unit, result) => {
    const moved = await call(operation, { input, amount, unit, format: 'date' });
    expect(moved).toMatchObject({ original: input, result, amount });
  });

  it('adds hours across a change of the clock', async () => {
    const args = { input: '2026-03-29T01:30', amount: 1, unit: 'hour', timezone: 'Europe/Zurich' };
    expect(await call('add', args)).toMatchObject({ result: '2026-03-29T03:30:00.000+02:00' });
  });

  it('measures the time between two moments', async () => {
    const between = { start: '2026-01-01', end: '2027-03-05T12:00' };
    expect(await call('difference', between)).toMatchObject({
      days: 428.5,
      hours: 10_284,
      is_negative: false,
      parts: { years: 1, months: 2, days: 4, hours: 12, minutes: 0, seconds: 0 },
      text: '1 year, 2 months, 4 days, 12 hours',
    });
    const back = { start: between.end, end: between.start };
    expect(await call('difference', back)).toMatchObject({ days: -428.5, is_negative: true });
    const none = { start: between.start, end: between.start };
    expect(await call('difference', none)).toMatchObject({ seconds: 0, text: '0 seconds' });
  });

  it('tells what there is to know of a day', async () => {
    expect(await call('info', { input: '2028-02-29', format: 'date' })).toMatchObject({
      week: 9,
      day_of_year: 60,
      quarter: 1,
      days_in_month: 29,
      is_leap_year: true,
      is_weekend: false,
      start_of_month: '2028-02-01',
      end_of_month: '2028-02-29',
    });
    const summer = { input: '2026-07-01', timezone: 'Europe/Zurich' };
    expect(await call('info', summer)).toMatchObject({ is_dst: true });
  });

  it('writes every format that it lists', async () => {
    const { formats } = (await call('formats')) as { formats: { name: string; example: string }[] };
    for (const { name, example } of formats) {
      const input = '2026-11-21T15:04:05.678Z';
      expect(await call('parse', { input, format: name })).toMatchObject({ datetime: example });
    }
    expect(formats.map(({ name }) => name)).toContain('rfc2822');
  });

  it.each([
    [{ operation: 'parse', input: 'soon' }, 'TOOL_FAILED', /^\/input is no date or time: "soon"/],
    [{ operation: 'parse', input: '2026-02-30' }, 'TOOL_FAILED', /no date or time/],
    [{ operation: 'parse', input: 1e300 }, 'TOOL_FAILED', /no date or time/],
    [{ operation: 'difference', start: '2026-01-01', end: 'x' }, 'TOOL_FAILED', /^\/end is no/],
    [
      { operation: 'add', input: '2026-01-01', amount: 1e12, unit: 'years' },
      'TOOL_FAILED',
      /beyond/,
    ],
    [{ operation: 'now', timezone: 'Mars/Base' }, 'TOOL_ARGUMENTS', /^\/timezone is no time zone/],
    [
      { operation: 'now', format: 'pretty' },
      'TOOL_ARGUMENTS',
      /^\/format must be one of iso, date/,
    ],
    [{ operation: 'now', format: '%Q' }, 'TOOL_ARGUMENTS', /^\/format has %Q/],
  ])('reports what is wrong with %j', async (args, code, message) => {
    expect(await errorOf('datetime-handler', args)).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each<[object, string]>([
    [{}, '/operation'],
    [{ operation: 'parse' }, '/input'],
    [{ operation: 'convert_timezone', input: '2026-01-01' }, '/target_timezone'],
    [{ operation: 'add', input: '2026-01-01', amount: 1 }, '/unit'],
    [{ operation: 'add', input: '2026-01-01', amount: 1, unit: 'fortnight' }, '/unit'],
    [{ operation: 'difference', start: '2026-01-01' }, '/end'],
    [{ operation: 'parse', input: true }, '/input'],
  ])('refuses %j', async (args, key) => {
    const refused = callBuiltin('datetime-handler', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
