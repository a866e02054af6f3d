import { SpellError } from '../base/errors.js';
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
   * @throws SpellError `POLICY_DENIED` naming the rule and the line of `llmspell.toml` that decides.
   */
  check(name: string, approved = false): void {
    const { allowTools, denyTools, approveTools } = this.rules;
    const denied = denyTools.find((glob) => matchesGlob(glob, name));
    if (denied !== undefined) {
      throw refusal(
        name,
        'deny_tools',
        `deny_tools has "${denied}"`,
        'Take that out of deny_tools',
      );
    }
    if (allowTools.length > 0 && !allowTools.some((glob) => matchesGlob(glob, name))) {
      const line = `allow_tools = ${JSON.stringify([...allowTools, name])}`;
      throw refusal(name, 'allow_tools', 'allow_tools does not name it', `Write ${line}`);
    }
    const asking = approveTools.find((glob) => matchesGlob(glob, name));
    if (asking !== undefined && !approved) {
      const rule = `approve_tools has "${asking}" and nobody has agreed to the call`;
      throw refusal(name, 'approve_tools', rule, 'Agree to it, or take that out of approve_tools');
    }
  }
}

function refusal(name: string, key: string, rule: string, cure: string): SpellError {
  return new SpellError('POLICY_DENIED', `the tool "${name}" must not run: ${rule}`, {
    key: `runtime.security.${key}`,
    hint: `${cure} under [runtime.security] in llmspell.toml.`,
    details: { rule: key, tool: name },
  });
}
