import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool, type Tool } from '../../bindings/node/index.js';
import { openRuntime } from '../node/open-runtime.js';

const settings = { name: 'trip', description: 'Plans a trip' };
const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
};

const TOOLS: Readonly<Record<string, () => Tool>> = {
  Zod: () =>
    defineTool({
      ...settings,
      input: z.object({ city: z.string(), days: z.int().default(1) }),
      execute: ({ city, days }) => `${city.toUpperCase()} ${days}`,
    }),
  Valibot: () =>
    defineTool({
      ...settings,
      input: v.object({ city: v.string(), days: v.optional(v.number(), 1) }),
      parameters: PARAMETERS,
      execute: ({ city, days }) => `${city.toUpperCase()} ${days}`,
    }),
  ArkType: () =>
    defineTool({
      ...settings,
      input: type({ city: 'string', days: 'number.integer = 1' }),
      execute: ({ city, days }) => `${city.toUpperCase()} ${days}`,
    }),
};

describe.each(Object.entries(TOOLS))('a tool with a schema of %s', (_, define) => {
  it('shows it as JSON Schema, and gets what it makes of the arguments', async () => {
    const runtime = await openRuntime({ tools: [define()] });
    const { parameters } = runtime.tools.get('trip');
    expect(parameters).toMatchObject({
      type: 'object',
      required: expect.arrayContaining(['city']),
    });
    expect(Object.keys(parameters.properties as object).sort()).toEqual(['city', 'days']);
    const { value } = await runtime.eval(`return Tool.trip{ city = "Bern" }.result, Tool.trip{
      city = "Chur", days = 3 }.result`);
    expect(value).toEqual(['BERN 1', 'CHUR 3']);
    expect(await runtime.tools.execute('trip', { city: 'Bern' })).toMatchObject({
      result: 'BERN 1',
    });
  });

  it('names the place of what does not fit', async () => {
    const runtime = await openRuntime({ tools: [define()] });
    const { error } = await runtime.eval(`Tool.trip{ city = "Bern", days = "two" }`).outcome;
    expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS', key: '/days', line: 1 });
    expect(error?.message).toMatch(/the tool "trip": \/days does not fit: .*number.*, got "two"/i);
    await expect(runtime.tools.execute('trip', {})).rejects.toMatchObject({ key: '/city' });
  });
});

describe('a standard schema', () => {
  it('needs parameters beside it where its library says nothing as JSON Schema', () => {
    const input = v.object({ city: v.string() });
    expect(() => defineTool({ ...settings, input, execute: () => 1 })).toThrow(
      expect.objectContaining({
        code: 'BAD_ARGUMENT',
        message: 'can\'t define the tool "trip": schemas of valibot say nothing as JSON Schema',
        hint: expect.stringContaining('`parameters`'),
      }),
    );
  });

  it('needs parameters beside it where it says what JSON Schema can not', () => {
    const input = z.object({ at: z.date() });
    expect(() => defineTool({ ...settings, input, execute: () => 1 })).toThrow(
      /can't be said as JSON Schema/,
    );
  });

  it('may transform, and wait', async () => {
    const tool = defineTool({
      ...settings,
      input: z.object({
        at: z.iso.datetime().transform((text) => new Date(text)),
        tags: z.array(z.string()).default([]),
        guest: z.string().refine(async (name) => name !== 'nobody', 'nobody is no guest'),
        mail: z.email().optional(),
      }),
      execute: ({ at, tags, guest }) => ({ year: at.getUTCFullYear(), tags, guest }),
    });
    const runtime = await openRuntime({ tools: [tool] });
    const { value } = await runtime.eval(
      `return Tool.trip{ at = "2026-11-21T00:00:00Z", tags = {}, guest = "Ada", mail = "a@b.ch" }.result`,
    );
    expect(value).toEqual({ year: 2026, tags: [], guest: 'Ada' });
    const at = '2026-11-21T00:00:00Z';
    await expect(runtime.tools.execute('trip', { at, guest: 'nobody' })).rejects.toMatchObject({
      key: '/guest',
      message: expect.stringContaining('nobody is no guest'),
    });
  });

  it('leaves patterns to JavaScript that only it understands, where the program wrote them', async () => {
    const tool = defineTool({
      ...settings,
      parameters: { type: 'object', properties: { code: { type: 'string', pattern: '^(?!x)a' } } },
      execute: ({ code }) => code,
    });
    const runtime = await openRuntime({ tools: [tool] });
    expect(await runtime.tools.execute('trip', { code: 'ab' })).toMatchObject({ result: 'ab' });
    await expect(runtime.tools.execute('trip', { code: 'xa' })).rejects.toMatchObject({
      key: '/code',
    });
  });

  it('understands former names of arguments', async () => {
    const tool = defineTool({
      ...settings,
      formerNames: { town: 'city' },
      input: z.strictObject({ city: z.string() }),
      execute: ({ city }) => city,
    });
    const runtime = await openRuntime({ tools: [tool] });
    expect(await runtime.tools.execute('trip', { town: 'Bern' })).toMatchObject({ result: 'Bern' });
    await expect(runtime.tools.execute('trip', { town: 'x', city: 'y' })).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS',
    });
  });
});
