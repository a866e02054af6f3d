import { describe, expect, it } from 'vitest';
import { SpellError } from '../../runtime/base/errors.js';
import { builtinTools } from '../../runtime/tool/builtin/builtin-tools.js';
import { ToolRegistry } from '../../runtime/tool/registry.js';
import { defineTool, type ToolDefinition } from '../../runtime/tool/tool.js';

function tool(definition: Partial<ToolDefinition<object>> = {}) {
  return defineTool<object>({
    name: 'echo',
    description: 'Gives back what it got',
    parameters: { type: 'object' },
    execute: (args) => args,
    ...definition,
  });
}

function failure(action: () => unknown): SpellError {
  try {
    action();
  } catch (error) {
    if (error instanceof SpellError) return error;
  }
  throw new Error('no SpellError was raised');
}

describe('ToolRegistry', () => {
  it('finds tools by name', () => {
    const registry = new ToolRegistry(builtinTools);
    const echo = tool();
    registry.register(echo);
    expect(registry.get('echo')).toBe(echo);
    expect(registry.find('none')).toBeUndefined();
    expect(registry.exists('compression')).toBe(true);
    expect(registry.exists('none')).toBe(false);
    const names = registry.list().map(({ name }) => name);
    expect(names).toEqual([...builtinTools.map(({ name }) => name), 'echo'].sort());
    expect(names).toEqual(expect.arrayContaining(['calculator', 'compression', 'json-processor']));
    expect(registry.categories()).toEqual(expect.arrayContaining(['custom', 'data', 'math']));
  });

  it('makes tools when one is first looked for', () => {
    let made = 0;
    const registry = new ToolRegistry(() => {
      made += 1;
      return builtinTools;
    });
    expect(made).toBe(0);
    expect(failure(() => registry.register(tool({ name: 'calculator' }))).message).toContain(
      'taken',
    );
    expect(registry.exists('calculator')).toBe(true);
    expect(registry.list()).toHaveLength(builtinTools.length);
    expect(made).toBe(1);
  });

  it('names near tools when there is none of the name', () => {
    const registry = new ToolRegistry(builtinTools);
    const error = failure(() => registry.get('json_procesor'));
    expect(error).toMatchObject({ code: 'TOOL_NOT_FOUND', exitStatus: 4 });
    expect(error.hint).toBe('Did you mean "json-processor"?');
    expect(failure(() => registry.get('zzz')).hint).toContain('Tool.list()');
    expect(failure(() => registry.get('__proto__')).code).toBe('TOOL_NOT_FOUND');
  });

  it('discovers tools by category, tag and description', () => {
    const registry = new ToolRegistry([...builtinTools, tool({ tags: ['Mirror'] })]);
    const names = (query: object) => registry.discover(query).map(({ name }) => name);
    expect(names({})).toHaveLength(builtinTools.length + 1);
    expect(names({ category: 'data' })).toEqual(
      expect.arrayContaining(['compression', 'json-processor']),
    );
    expect(names({ category: 'math' })).toEqual(['calculator']);
    expect(names({ tag: 'mirror' })).toEqual(['echo']);
    expect(names({ tag: 'gives BACK' })).toEqual(['echo']);
    expect(names({ category: 'data', tag: 'mirror' })).toEqual([]);
  });

  it('refuses a name that is taken', () => {
    const registry = new ToolRegistry([tool()]);
    const error = failure(() => registry.register(tool()));
    expect(error.code).toBe('BAD_ARGUMENT');
    expect(error.message).toContain('"echo": its name is taken');
  });

  it.each<[string, Partial<ToolDefinition<object>>]>([
    ['its name is unfit', { name: 'a b' }],
    ['its name is unfit', { name: '' }],
    ['its name is unfit', { name: 'x'.repeat(65) }],
    ['it has no description', { description: ' ' }],
    ['its parameters are no object', { parameters: { type: 'string' } }],
    ['it is "reconcilable" without', { effect: 'reconcilable' }],
    ['its timeoutMs is 0', { timeoutMs: 0 }],
    ['its timeoutMs is NaN', { timeoutMs: Number.NaN }],
  ])('refuses a tool because %s', (message, definition) => {
    const error = failure(() => new ToolRegistry([tool(definition)]));
    expect(error.code).toBe('BAD_ARGUMENT');
    expect(error.message).toContain(message);
  });
});

describe('defineTool', () => {
  it('is unsafe, custom and without limit unless it says otherwise', () => {
    expect(tool()).toMatchObject({
      effect: 'unsafe',
      category: 'custom',
      version: '1.0.0',
      tags: [],
      timeoutMs: undefined,
    });
    expect(tool()).not.toHaveProperty('reconcile');
  });

  it('is typed by the arguments of its function', () => {
    const typed = defineTool({
      name: 'add',
      description: 'Adds',
      parameters: { type: 'object' },
      effect: 'reconcilable',
      reconcile: async () => ({ happened: false }),
      execute: ({ a, b }: { a: number; b: number }) => a + b,
    });
    expect(typed.reconcile).toBeTypeOf('function');
  });
});
