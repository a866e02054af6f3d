/** The example that asks a model, as a reader would run it, and the configuration that the README shows. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { testMachine } from '../config/test-machine.js';

const machine = testMachine();

it('ask.mjs streams, calls a tool and gets through a failure', () => {
  expect(inject('buildError')).toBe('');
  const output = execFileSync(process.execPath, ['examples/node/ask.mjs'], { encoding: 'utf8' });
  expect(output.split('\n')).toEqual([
    'You said: Hello there',
    'The weather service says: 2 degrees in Bern.',
    expect.stringMatching(/^\d+ tokens in, after 1 failure: PROVIDER_OVERLOADED$/),
    '',
  ]);
});

it('manager.mjs keeps sessions in a folder, and asks by prompts of its own', () => {
  expect(inject('buildError')).toBe('');
  const file = 'examples/node/manager.mjs';
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  expect(output.split('\n')).toEqual([
    "{ ok: false, reasons: [ 'whether it has vision is not known' ] }",
    'You said: Greet Ada.',
    'You said: And who are you?',
    'user123, changed after it was created: true',
    'seen from Lua { messages: 5 }',
    'Deleted: true',
    '',
  ]);
});

it('the README shows providers as they can be written', async () => {
  const readme = readFileSync('README.md', 'utf8');
  const toml = /<!-- providers -->\n```toml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  machine.write('project/llmspell.toml', toml);
  const { config, warnings } = await machine.load();
  expect(warnings).toEqual([]);
  expect(Object.keys(config.providers.named)).toEqual(['fast', 'local', 'demo']);
  expect(config.providers.named.demo?.script).toBe(join(machine.project, 'answers.toml'));
});
