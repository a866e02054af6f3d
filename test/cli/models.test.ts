/** The budgets of the command line, and what it tells of models. */
import { describe, expect, test } from 'vitest';
import { type Machine, machine } from './command-line.js';

const CONFIG = `
[providers.demo]
provider_type = "scripted"
script = "answers.toml"
default_model = "tiny"

[models.tiny]
input_price = 100
output_price = 200
`;

function withModel(): Machine {
  const on = machine();
  on.write('llmspell.toml', CONFIG);
  on.write(
    'answers.toml',
    '[[rule]]\ntext = "one two"\nusage = { input_tokens = 30, output_tokens = 20 }\n',
  );
  on.write('ask.lua', 'for i = 1, 3 do print((LLM.generate{ prompt = "x", max_tokens = 20 })) end');
  return on;
}

describe('a run that asks models', () => {
  test('tells with --json what they took', async () => {
    const { data } = await withModel().json(['run', 'ask.lua']);
    expect(data.usage).toEqual({
      calls: 3,
      input_tokens: 90,
      output_tokens: 60,
      cost_usd: expect.closeTo(0.021, 9),
      possibly_billed_twice: 0,
    });
  });

  test.each([
    [['--max-tokens-total', '110'], '100 of 110 tokens are used'],
    [['--max-cost', '0.015'], '0.0140 of 0.015 USD are spent'],
  ])('ends with 8 under %j', async (budget, message) => {
    const on = withModel();
    const { status, stdout, stderr } = await on.call(['run', ...budget, 'ask.lua']);
    expect({ status, stdout }).toEqual({ status: 8, stdout: 'one two\none two\n' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(`Raise`);
    const { data } = await on.json(['runs', 'show', (await on.json(['runs'])).data.items[0].id]);
    expect(data).toMatchObject({
      status: 'limit',
      error: { code: 'LIMIT_BUDGET' },
      usage: { input_tokens: 60, output_tokens: 40 },
    });
  });

  test('goes on with another budget when somebody says so, and not before', async () => {
    const on = withModel();
    const ran = await on.call(['run', '--max-tokens-total', '110', 'ask.lua']);
    const [{ id }] = (await on.json(['runs'])).data.items;
    expect(ran.stderr).toContain(`llmspell resume ${id} --max-tokens-total COUNT`);
    expect(await on.call(['resume', '--all'])).toMatchObject({
      status: 0,
      stderr: '0 runs resumed\n',
    });
    const unlimited = await on.call(['resume', id]);
    expect(unlimited.status).toBe(2);
    expect(unlimited.stderr).toContain('the run has spent its budget [USAGE]');
    const small = await on.call(['resume', '--max-tokens-total', '111', id]);
    expect(small).toMatchObject({ status: 8, stdout: '' });
    const enough = await on.call(['resume', '--max-tokens-total', '200', id]);
    expect(enough).toMatchObject({ status: 0, stdout: 'one two\n' });
    const { data } = await on.json(['runs', 'show', id]);
    expect(data).toMatchObject({
      status: 'completed',
      usage: { input_tokens: 90, output_tokens: 60, possibly_billed_twice: 0 },
    });
    expect((await on.call(['replay', id])).stdout).toBe('one two\n'.repeat(3));
  });

  test('refuses budgets that are none', async () => {
    const on = withModel();
    expect((await on.call(['run', '--max-cost', 'much', 'ask.lua'])).status).toBe(2);
    expect((await on.call(['run', '--max-tokens-total', '0', 'ask.lua'])).status).toBe(2);
  });

  test('tells with --jsonl what is streamed', async () => {
    const on = withModel();
    on.write('stream.lua', 'for token in LLM.stream("x") do end');
    const { stdout } = await on.call(['run', '--jsonl', 'stream.lua']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const deltas = events.filter(({ type }) => type === 'llm.delta');
    expect(deltas.map(({ text }) => text).join('')).toBe('one two');
    expect(deltas[0]).toMatchObject({ v: 1, kind: 'text', call: 1, branch: '0' });
  });
});
