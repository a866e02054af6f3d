/** The editor stubs beside the bindings name what there is, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';

const BINDINGS = resolve(import.meta.dirname, '../../bindings/lua');

/** The stubs of a global; a large one has several files. */
function stub(name: string): string {
  const files = readdirSync(join(BINDINGS, name)).filter((file) => file.endsWith('.d.lua'));
  return files.map((file) => readFileSync(join(BINDINGS, name, file), 'utf8')).join('\n');
}

/** The functions and fields that a stub gives to a global. */
function declaredNames(text: string, global: string): string[] {
  const found = text.matchAll(new RegExp(`^(?:function )?${global}\\.(\\w+)`, 'gm'));
  return [...found].map((match) => match[1] as string).sort();
}

function declaredFields(text: string, name: string): string[] {
  const start = text.indexOf(`---@class ${name}\n`);
  expect(start, name).toBeGreaterThan(-1);
  const lines = text.slice(start).split('\n').slice(1);
  const end = lines.findIndex((line) => !line.startsWith('---@'));
  const fields = lines.slice(0, end).map((line) => /^---@field (\w+)/.exec(line)?.[1]);
  return fields.filter((field) => field !== undefined);
}

async function evaluate(code: string): Promise<unknown> {
  const runtime = await Runtime.open();
  const { value } = await runtime.eval(code);
  await runtime.close();
  return value;
}

async function liveNames(global: string): Promise<string[]> {
  const code = `local names = {} for name in pairs(${global}) do names[#names + 1] = name end return names`;
  return ((await evaluate(code)) as string[]).sort();
}

describe.each([
  ['Session', 'session'],
  ['Artifact', 'artifact'],
  ['Tool', 'tool'],
  ['State', 'state'],
  ['JSON', 'json'],
  ['Log', 'log'],
  ['Replay', 'replay'],
  ['LLM', 'llm'],
  ['parallel', 'parallel'],
])('the stub of %s', (global, name) => {
  it('declares every function, in every spelling, and none that is not there', async () => {
    expect(declaredNames(stub(name), global)).toEqual(await liveNames(global));
  });

  it('documents what every function returns or raises', () => {
    const undocumented = [...stub(name).matchAll(/(?:^|\n)(?!---)[^\n]*\n(function [\w.]+)/g)];
    expect(undocumented.map((match) => match[1])).toEqual([]);
  });
});

it.each(['os', 'io'])('the stub of %s declares only what is there', async (library) => {
  const live = await liveNames(library);
  for (const name of declaredNames(stub(library), library)) expect(live).toContain(name);
});

describe('records', () => {
  it('of sessions have the fields that the stub declares', async () => {
    const live = await evaluate(`
      local parent = Session.create()
      local id = Session.create({ name = "n", description = "d", parent_session_id = parent })
      local other = Session.create()
      Session.fail(id, "why")
      Session.suspend(other)
      local names = {}
      for _, session in ipairs({ Session.get(id), Session.get(other) }) do
        for name in pairs(session) do names[name] = true end
      end
      return names
    `);
    const declared = declaredFields(stub('session'), 'SessionRecord');
    // A fork is not made by a script.
    expect(Object.keys(live as object).sort()).toEqual(
      declared.filter((field) => field !== 'forked_from').sort(),
    );
  });

  it('of artifacts have the fields that the stub declares', async () => {
    const live = await evaluate(`
      local session = Session.create()
      local id = Artifact.store(session, "user_input", "n", "c", { description = "d" })
      return Artifact.get(session, id)
    `);
    const declared = declaredFields(stub('artifact'), 'ArtifactRecord');
    expect(Object.keys(live as object).sort()).toEqual(
      declared.filter((field) => !['created_by', 'data'].includes(field)).sort(),
    );
  });

  it('of options have the fields that are accepted', async () => {
    const accepted = await evaluate(`
      local function fields(action, ...)
        local ok, err = pcall(action, ...)
        return err.hint
      end
      return fields(Session.create, { ["?"] = 1 }), fields(Session.list, { ["?"] = 1 }),
        fields(Artifact.query, { ["?"] = 1 })
    `);
    const names = (accepted as string[]).map((hint) => hint.match(/\w+/g)?.slice(1));
    const own = (fields: string[] = []) =>
      fields.filter((field) => !['custom_metadata', 'id', 'parent'].includes(field)).sort();
    expect(own(names[0])).toEqual(declaredFields(stub('session'), 'SessionOptions').sort());
    expect(own(names[1])).toEqual(declaredFields(stub('session'), 'SessionFilter').sort());
    expect(own(names[2])).toEqual(declaredFields(stub('artifact'), 'ArtifactFilter').sort());
  });
});
