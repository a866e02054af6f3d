import { describe, expect, it } from 'vitest';
import { SpellError } from '../../runtime/base/errors.js';
import type { Decision } from '../../runtime/tool/decision.js';
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

  it('tells what decided, and by which glob', () => {
    const decisions: Decision[] = [];
    const note = (decision: Decision) => decisions.push(decision);
    const rules = { allowTools: ['json-*', 'x'], denyTools: ['json-p*'], approveTools: ['x'] };
    const policy = new ToolPolicy(rules);
    policy.check('json-reader', false, note);
    policy.check('x', true, note);
    for (const name of ['json-processor', 'other', 'x']) {
      expect(() => policy.check(name, false, note)).toThrow(/must not run|someone has to agree/);
    }
    new ToolPolicy({ allowTools: [], denyTools: [], approveTools: [] }).check('any', false, note);
    expect(decisions).toEqual([
      { allowed: true, rule: 'allow_tools', target: 'json-reader', by: 'json-*' },
      { allowed: true, rule: 'approve_tools', target: 'x', by: 'x' },
      { allowed: false, rule: 'deny_tools', target: 'json-processor', by: 'json-p*' },
      { allowed: false, rule: 'allow_tools', target: 'other' },
      { allowed: false, rule: 'approve_tools', target: 'x', by: 'x' },
    ]);
  });

  it('takes every other character of a glob literally', () => {
    expect(verdict({ allowTools: ['a.b'] }, 'axb')).toBeInstanceOf(SpellError);
    expect(verdict({ allowTools: ['a(b'] }, 'a(b')).toBeUndefined();
  });
});
