import { describe, expect, it } from 'vitest';
import { SpellError } from '../../runtime/base/errors.js';
import { ToolPolicy, type ToolRules } from '../../runtime/tool/policy.js';

function verdict(
  rules: Partial<ToolRules>,
  name: string,
  approved = false,
): SpellError | undefined {
  const policy = new ToolPolicy({ allowTools: [], denyTools: [], approveTools: [], ...rules });
  try {
    policy.check(name, approved);
  } catch (error) {
    return error as SpellError;
  }
  return undefined;
}

describe('ToolPolicy', () => {
  it('lets every tool run when there are no rules', () => {
    expect(verdict({}, 'anything')).toBeUndefined();
  });

  it('lets only allowed tools run, and names the line that would allow another', () => {
    const rules = { allowTools: ['json-*', 'c?lc'] };
    expect(verdict(rules, 'json-processor')).toBeUndefined();
    expect(verdict(rules, 'calc')).toBeUndefined();
    const error = verdict(rules, 'other');
    expect(error).toMatchObject({ code: 'POLICY_DENIED', key: 'runtime.security.allow_tools' });
    expect(error?.hint).toContain('allow_tools = ["json-*","c?lc","other"]');
  });

  it('denies before it allows', () => {
    const error = verdict({ allowTools: ['*'], denyTools: ['json-*'] }, 'json-processor');
    expect(error).toMatchObject({ code: 'POLICY_DENIED', key: 'runtime.security.deny_tools' });
    expect(error?.message).toContain('"json-*"');
  });

  it('asks for approval where the rules do', () => {
    const rules = { approveTools: ['x'] };
    expect(verdict(rules, 'x')).toMatchObject({ key: 'runtime.security.approve_tools' });
    expect(verdict(rules, 'x', true)).toBeUndefined();
    expect(verdict(rules, 'y')).toBeUndefined();
  });

  it('takes every other character of a glob literally', () => {
    expect(verdict({ allowTools: ['a.b'] }, 'axb')).toBeInstanceOf(SpellError);
    expect(verdict({ allowTools: ['a(b'] }, 'a(b')).toBeUndefined();
  });
});
