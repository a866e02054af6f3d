import { SpellError } from '../base/errors.js';
import type { NoteDecision } from './decision.js';
import { matchesGlob } from './glob.js';

/** Globs over tool names: `*` stands for any characters, `?` for one. */
export interface ToolRules {
  /** When there are any: the only tools that run. */
  readonly allowTools: readonly string[];
  /** Win over `allowTools`. */
  readonly denyTools: readonly string[];
  /** Tools that someone must agree to. */
  readonly approveTools: readonly string[];
}

/** ToolPolicy judges calls of tools by their names. */
export class ToolPolicy {
  constructor(private readonly rules: ToolRules) {}

  /**
   * @param approved Someone has agreed to this call.
   * @param note Told what was decided, where a rule had to decide.
   * @throws SpellError `POLICY_DENIED` naming the rule and the line of `llmspell.toml` that decides, `APPROVAL_NEEDED`
   * where someone has to agree first.
   */
  check(name: string, approved = false, note: NoteDecision = () => {}): void {
    const { allowTools, denyTools, approveTools } = this.rules;
    const refuse = (rule: string, by?: string) =>
      note({ allowed: false, rule, target: name, ...(by === undefined ? {} : { by }) });
    const denied = denyTools.find((glob) => matchesGlob(glob, name));
    if (denied !== undefined) {
      refuse('deny_tools', denied);
      throw refusal(
        name,
        'deny_tools',
        `deny_tools has "${denied}"`,
        'Take that out of deny_tools',
      );
    }
    const allowed = allowTools.find((glob) => matchesGlob(glob, name));
    if (allowTools.length > 0 && allowed === undefined) {
      refuse('allow_tools');
      const line = `allow_tools = ${JSON.stringify([...allowTools, name])}`;
      throw refusal(name, 'allow_tools', 'allow_tools does not name it', `Write ${line}`);
    }
    const asking = approveTools.find((glob) => matchesGlob(glob, name));
    if (asking !== undefined && !approved) {
      refuse('approve_tools', asking);
      throw needsApproval(name, asking);
    }
    if (asking !== undefined) {
      note({ allowed: true, rule: 'approve_tools', target: name, by: asking });
    } else if (allowed !== undefined) {
      note({ allowed: true, rule: 'allow_tools', target: name, by: allowed });
    }
  }
}

function needsApproval(name: string, asking: string): SpellError {
  const rule = `approve_tools has "${asking}"`;
  return new SpellError('APPROVAL_NEEDED', `someone has to agree to the tool "${name}": ${rule}`, {
    key: 'runtime.security.approve_tools',
    hint: 'Scripts wait for the answer; a program calls with approved = true once it has one.',
    details: { rule: 'approve_tools', tool: name },
  });
}

function refusal(name: string, key: string, rule: string, cure: string): SpellError {
  return new SpellError('POLICY_DENIED', `the tool "${name}" must not run: ${rule}`, {
    key: `runtime.security.${key}`,
    hint: `${cure} under [runtime.security] in llmspell.toml.`,
    details: { rule: key, tool: name },
  });
}
