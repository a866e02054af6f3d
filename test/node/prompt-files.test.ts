/** Prompts in files, as programs load them, and as records keep what scripts have loaded. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scriptedProvider } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

const FACTS = `---
system_prompt = "Be brief."
max_tokens = 50
dependencies = ["msg_1"]
[retry]
max = 1
base_ms = 5
[variables]
city = "Bern"
---
Facts of {{city}} in {{year}}`;

/** A folder with a script, and one of prompts below it. */
function folder(): string {
  const path = temporaryFolder();
  mkdirSync(join(path, 'prompts'));
  writeFileSync(join(path, 'prompts/facts.md'), FACTS);
  writeFileSync(join(path, 'prompts/plain.txt'), 'Say {{what}}');
  return path;
}

const echo = () => ({
  providers: { demo: scriptedProvider({ rule: [{ text: 'You said: {{input}}' }] }) },
  settings: { 'providers.demo.default_model': 'm' },
});

test('a program gets prompts with the names that it uses, and asks them', async () => {
  const runtime = await openRuntime({ ...echo(), cwd: folder() });
  const { facts, plain } = await runtime.llm.loadPrompts('prompts');
  expect(facts).toEqual({
    name: 'facts',
    userPrompt: 'Facts of {{city}} in {{year}}',
    systemPrompt: 'Be brief.',
    maxTokens: 50,
    dependsOn: ['msg_1'],
    retry: { max: 1, baseMs: 5 },
    variables: { city: 'Bern' },
    source: { file: 'prompts/facts.md', lines: { city: 11, year: 11 } },
  });
  if (facts === undefined || plain === undefined) throw new Error('a prompt is missing');
  const { id } = await runtime.sessions.create();
  const answer = await runtime.sessions.generate(id, facts, { variables: { year: 1999 } });
  expect(`${answer}`).toBe('You said: Facts of Bern in 1999');
  const variables = { what: 'yes' };
  const executed = await runtime.sessions.executePrompt(id, plain, { variables });
  expect(`${executed}`).toBe('You said: Say yes');
  await expect(runtime.sessions.generate(id, facts)).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    details: { prompt_file: 'prompts/facts.md', prompt_line: 11, variable: 'year' },
  });
  await expect(runtime.llm.loadPrompts('nowhere')).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  });
});

test('a run that has loaded prompts replays when their folder is gone', async () => {
  const place = folder();
  const script = join(place, 'ask.lua');
  writeFileSync(
    script,
    `local prompts = LLM.loadPrompts('prompts')
     print(LLM.generate({ prompt = prompts.facts, variables = { year = 2000 } }))`,
  );
  const runtime = await openRuntime({ ...echo(), dataDir: temporaryFolder() });
  const { run } = await runtime.run(script);
  rmSync(join(place, 'prompts'), { recursive: true });
  const { diverged, outcome } = await runtime.runs.replay(run);
  expect([diverged, outcome.status]).toEqual([null, 'completed']);
  const { error } = await runtime.run(script).outcome;
  expect(error).toMatchObject({ code: 'FILE_NOT_FOUND' });
});
