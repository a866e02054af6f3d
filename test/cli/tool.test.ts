import { describe, expect, it } from 'vitest';
import { machine } from './command-line.js';

describe('llmspell tool list', () => {
  it('lists tools by name, all or some', async () => {
    const { call, json } = machine();
    const { status, stdout } = await call(['tool', 'list']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^NAME +CATEGORY +EFFECT +DESCRIPTION\narchive-handler .*\nbase64-encoder +encoding +idempotent /,
    );
    const { data } = await json(['tool', 'list', '--tag', 'sha256']);
    expect(data).toEqual({
      items: [
        expect.objectContaining({ name: 'hash-calculator', effect: 'pure', timeout_ms: 30_000 }),
      ],
      next: null,
    });
    const math = await json(['tool', 'list', '--category', 'math']);
    expect(math.data.items.map(({ name }: { name: string }) => name)).toEqual(['calculator']);
    const none = await call(['tool', 'list', '--category', 'nothing']);
    expect(none).toMatchObject({ status: 0, stdout: '', stderr: 'no tools\n' });
  });
});

describe('llmspell tool show', () => {
  it('shows what a tool takes', async () => {
    const { call, json } = machine();
    const { stdout } = await call(['tool', 'show', 'compression']);
    expect(stdout).toMatch(
      /^compression 1\.0\.0\nCompresses .*\n\ndata, pure, at most 30 s\n\nARGUMENT +TYPE/,
    );
    expect(stdout).toMatch(/^operation \(needed\) +compress\|decompress$/m);
    expect(stdout).toMatch(/^level +integer +compress: 0/m);
    const { data } = await json(['tool', 'show', 'calculator']);
    expect(data).toMatchObject({ name: 'calculator', json_schema: { type: 'object' } });
    expect(data.parameters[1]).toMatchObject({ name: 'input', type: 'string', required: false });
  });

  it('ends with 4 where there is no such tool, and names near ones', async () => {
    const { call } = machine();
    const { status, stderr } = await call(['tool', 'show', 'calculater']);
    expect(status).toBe(4);
    expect(stderr).toContain('there is no tool "calculater" [TOOL_NOT_FOUND]');
    expect(stderr).toContain('Did you mean "calculator"?');
  });
});

describe('llmspell tool call', () => {
  it('takes pairs, which count as JSON where the tool wants no text', async () => {
    const { call, json } = machine();
    const args = ['tool', 'call', 'calculator', 'expression=2 * r', 'variables={"r": 21}'];
    const { status, stdout } = await call([...args, '-q']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ input: '2 * r', result: 42 });
    const { data } = await json(['tool', 'call', 'hash-calculator', 'input=123']);
    expect(data).toMatchObject({
      tool: 'hash-calculator',
      success: true,
      result: { hash: 'a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3' },
    });
    const text = await call(['tool', 'call', 'json-processor', 'operation=stringify', 'input=a=b']);
    expect(text.stdout).toBe('"a=b"\n');
  });

  it('takes a JSON object from the command line, a file or standard input', async () => {
    const { call, write } = machine();
    const json = '{"operation": "stringify", "input": [1, 2.0]}';
    const given = ['tool', 'call', 'json-processor', '-q', '--args'];
    expect((await call([...given, json])).stdout).toBe('[1,2.0]\n');
    expect((await call([...given, `@${write('args.json', json)}`])).stdout).toBe('[1,2.0]\n');
    expect((await call([...given, '-'], { input: json })).stdout).toBe('[1,2.0]\n');
    expect((await call([...given, json, 'input=7'])).stdout).toBe('7\n');
  });

  it('writes bytes as they are', async () => {
    const { call } = machine();
    const { bytes } = await call(['tool', 'call', 'compression', 'operation=compress', 'input=x']);
    expect([...bytes.subarray(0, 3)]).toEqual([0x1f, 0x8b, 8]);
  });

  it('is recorded as a run, which replays', async () => {
    const { call, json } = machine();
    const { data } = await json(['tool', 'call', 'uuid-generator']);
    const { data: runs } = await json(['runs']);
    expect(runs.items).toEqual([expect.objectContaining({ id: data.run, status: 'completed' })]);
    const replay = await json(['replay', data.run]);
    expect(replay.data).toMatchObject({ verified_entries: 1, diverged: null });
    expect((await call(['runs', 'show', data.run])).stdout).toContain('tool.execute');
  });

  it.each<[string, readonly string[], number, string, RegExp]>([
    ['no such tool', ['nothing'], 4, 'TOOL_NOT_FOUND', /no tool "nothing"/],
    [
      'arguments that do not fit',
      ['calculator', 'x=1'],
      6,
      'TOOL_ARGUMENTS',
      /\/input is required/,
    ],
    ['a tool that fails', ['calculator', 'input=1/0'], 6, 'TOOL_FAILED', /division by zero/],
    ['a pair that is none', ['calculator', 'input'], 2, 'USAGE', /pairs KEY=VALUE, got "input"/],
    ['no JSON', ['calculator', '--args', '{'], 2, 'USAGE', /'--args' is no JSON/],
    ['no object', ['calculator', '--args', '[1]'], 2, 'USAGE', /must be a JSON object/],
    ['no file', ['calculator', '--args', '@none.json'], 1, 'FILE_NOT_FOUND', /none\.json/],
  ])('ends as it should with %s', async (_, args, status, code, message) => {
    const { call, json } = machine();
    const ended = await call(['tool', 'call', ...args]);
    expect(ended.status).toBe(status);
    expect(ended.stdout).toBe('');
    const { ok, error } = await json(['tool', 'call', ...args]);
    expect(ok).toBe(false);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('passes the gate that scripts pass', async () => {
    const { call, json, write } = machine();
    write('llmspell.toml', '[runtime.security]\ndeny_tools = ["calc*"]\n');
    const { error } = await json(['tool', 'call', 'calculator', 'input=1']);
    expect(error).toMatchObject({ code: 'POLICY_DENIED' });
    expect((await call(['tool', 'call', 'calculator', 'input=1'])).status).toBe(6);
  });

  it('stops at its time', async () => {
    const { json } = machine();
    const query = ['operation=query', 'input=1', 'query=range(infinite)'];
    const { error } = await json(['tool', 'call', 'json-processor', ...query, '--timeout', '2s']);
    expect(error).toMatchObject({ code: 'LIMIT_TIME' });
  });
});
