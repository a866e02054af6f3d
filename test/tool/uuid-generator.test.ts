import { v3, v5, validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

async function call(args: object, now?: number): Promise<Record<string, unknown>> {
  const settings = now === undefined ? {} : { now };
  return (await resultOf('uuid-generator', args, settings)) as Record<string, unknown>;
}

describe('uuid-generator', () => {
  it('generates random ids that differ', async () => {
    const first = await call({});
    expect(first).toMatchObject({ version: 'v4', format: 'hyphenated' });
    expect(first.uuid).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect((await call({ operation: 'generate' })).uuid).not.toBe(first.uuid);
  });

  it('generates ids that tell the time of the runtime', async () => {
    const now = Date.UTC(2026, 10, 21);
    for (const version of ['v7', '7', 7]) {
      const { uuid } = await call({ version }, now);
      expect(validate(uuid)).toBe(true);
      expect(await call({ operation: 'validate', uuid })).toEqual({
        valid: true,
        uuid,
        version: 'v7',
        variant: 'RFC9562',
        timestamp_ms: now,
      });
    }
  });

  it('writes them in every form, and reads every form', async () => {
    const forms = {
      simple: /^[0-9a-f]{32}$/,
      urn: /^urn:uuid:[0-9a-f-]{36}$/,
      braced: /^\{[0-9a-f-]{36}\}$/,
      hyphenated: /^[0-9a-f-]{36}$/,
    };
    for (const [format, pattern] of Object.entries(forms)) {
      const { uuid } = await call({ format });
      expect(uuid).toMatch(pattern);
      expect(await call({ operation: 'validate', input: uuid })).toMatchObject({
        valid: true,
        version: 'v4',
      });
    }
  });

  it('makes ids with a prefix', async () => {
    const long = await call({ operation: 'component_id', prefix: 'agent' });
    expect(long.id).toMatch(/^agent_[0-9a-f-]{36}$/);
    const short = await call({ operation: 'component_id', short: true });
    expect(short).toMatchObject({ prefix: 'component', short: true });
    expect(short.id).toMatch(/^component_[0-9a-f]{8}$/);
  });

  it('makes the same id for the same name, as other programs do', async () => {
    const named = (namespace: string, name: string) =>
      call({ operation: 'deterministic', namespace, name });
    const NAMESPACES = { dns: v5.DNS, url: v5.URL };
    for (const [namespace, id] of Object.entries(NAMESPACES)) {
      const expected = v5('www.example.com', id);
      expect(await named(namespace, 'www.example.com')).toMatchObject({
        id: expected,
        version: 'v5',
      });
      expect(await named(id.toUpperCase(), 'www.example.com')).toMatchObject({ id: expected });
    }
    expect((await call({ operation: 'deterministic', name: 'www.example.com' })).id).toBe(
      v5('www.example.com', v5.DNS),
    );
    const own = '01a1fe8f-1a01-7000-8000-064f11a35c1b';
    expect((await named(own, 'grüße')).uuid).toBe(v5('grüße', own));
  });

  it('generates ids of names, and of the time without telling the machine', async () => {
    const named = { namespace: 'url', name: 'https://a.test/' };
    expect(await call({ version: 'v5', ...named })).toEqual({
      uuid: v5(named.name, v5.URL),
      version: 'v5',
      format: 'hyphenated',
    });
    expect((await call({ version: 3, ...named })).uuid).toBe(v3(named.name, v3.URL));
    const own = '6ba13d5a-3f5d-4a5b-9f7e-3d5a2f4d3a2b';
    expect(await call({ operation: 'deterministic', namespace: 'agent', name: 'a' })).toMatchObject(
      {
        id: v5('a', own),
      },
    );
    const now = Date.UTC(2026, 10, 21);
    const { uuid } = (await call({ version: 'v1', format: 'standard' }, now)) as { uuid: string };
    expect(validate(uuid)).toBe(true);
    expect(version(uuid)).toBe(1);
    const [low, middle, high] = uuid.split('-');
    const ticks = BigInt(`0x${high?.slice(1)}${middle}${low}`) - 122_192_928_000_000_000n;
    expect(Number(ticks / 10_000n)).toBe(now);
    expect(Number.parseInt(uuid.slice(24, 26), 16) & 1).toBe(1);
    expect((await call({ version: 'v1' }, now)).uuid).not.toBe(uuid);
  });

  it('makes ids of the parts that are wanted', async () => {
    const now = 1_795_283_740_500;
    const custom = (args: object) => call({ operation: 'custom', ...args }, now);
    const all = await custom({ prefix: 'run', timestamp: true, short: true, suffix: 'v1' });
    expect(all).toEqual({
      id: expect.stringMatching(/^run_1795283740_[0-9a-f]{8}_v1$/),
      timestamp: true,
      short: true,
    });
    expect((await custom({})).id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tells what is no UUID, and what kind one is', async () => {
    const check = (uuid: string) => call({ operation: 'validate', uuid });
    for (const text of [
      '',
      'x',
      '01a1fe8f-1a01-7000-8000-064f11a35c1',
      '01a1fe8f1a01-7000-8000-064f11a35c1b',
    ]) {
      expect(await check(text)).toEqual({ valid: false });
    }
    expect(await check('00000000-0000-0000-0000-000000000000')).toMatchObject({ version: 'nil' });
    expect(await check('C232AB00-9414-11EC-B3C8-9F6BDECED846')).toEqual({
      valid: true,
      uuid: 'c232ab00-9414-11ec-b3c8-9f6bdeced846',
      version: 'v1',
      variant: 'RFC9562',
    });
  });

  it('says which namespaces there are', async () => {
    const args = { operation: 'deterministic', namespace: 'constructor', name: 'x' };
    expect(await errorOf('uuid-generator', args)).toMatchObject({
      code: 'TOOL_ARGUMENTS',
      message: '/namespace must be dns, url, oid, x500, agent, tool, workflow or a UUID',
    });
  });

  it.each<[object, string]>([
    [{ operation: 'guess' }, '/operation'],
    [{ version: 'v2' }, '/version'],
    [{ version: 'v5' }, '/name'],
    [{ operation: 'generate', version: 3 }, '/name'],
    [{ operation: 'custom', suffix: 'a/b' }, '/suffix'],
    [{ format: 'octal' }, '/format'],
    [{ operation: 'deterministic' }, '/name'],
    [{ operation: 'validate' }, '/uuid'],
    [{ operation: 'component_id', prefix: 'a b' }, '/prefix'],
  ])('refuses %j', async (args, key) => {
    const refused = callBuiltin('uuid-generator', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
