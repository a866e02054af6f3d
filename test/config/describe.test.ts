import { expect, it } from 'vitest';
import { describeKeys } from '../../config/describe.js';

it('describes every key of our own with its default, and none of rs-llmspell', () => {
  const keys = describeKeys();
  expect(keys).toContainEqual({
    table: 'runtime.sessions',
    key: 'max_sessions',
    description: 'The most sessions that are active or suspended at once.',
    fallback: 100,
  });
  const tables = [...new Set(keys.map(({ table }) => table))];
  expect(tables).toEqual([
    'runtime.sessions',
    'runtime.storage',
    'runtime.lua',
    'runtime.durability',
    'runtime.security',
    'runtime.llm',
    'runtime.compat',
    'providers',
    'providers.<name>',
    'models.<name>',
    'tools.<name>',
    'tools.mcp.<name>',
  ]);
  const names = keys.map(({ key }) => key);
  expect(names).not.toContain('allow_file_access');
  expect(names).not.toContain('api_key');
  expect(names).toEqual(expect.arrayContaining(['env', 'fallback', 'output_price']));
});
