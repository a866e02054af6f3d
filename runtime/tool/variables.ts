/** Variables are those of the environment that the configuration opens: to read, or to use without seeing them. */
import { SpellError } from '../base/errors.js';
import type { Secret, Secrets } from '../base/secret.js';
import type { NoteDecision } from './decision.js';

export class Variables {
  /** @param open The open variables with their values; `undefined` where one is not set. */
  constructor(
    private readonly open: Readonly<Record<string, string | undefined>>,
    private readonly secrets: Secrets,
  ) {}

  /** Those that scripts may read, sorted. */
  names(): readonly string[] {
    return Object.keys(this.open).sort();
  }

  /** Those that scripts may read and that are set. */
  values(): Readonly<Record<string, string>> {
    const set = Object.entries(this.open).filter(([, value]) => value !== undefined);
    return Object.fromEntries(set) as Record<string, string>;
  }

  /** Those that scripts may use without seeing them, sorted. */
  secretNames(): readonly string[] {
    return this.secrets.names();
  }

  /**
   * The value of a variable; a handle for one that must not be seen, `undefined` for one that is not set.
   *
   * @throws SpellError `POLICY_DENIED` with the line that opens it.
   */
  get(name: string, note: NoteDecision): string | Secret | undefined {
    if (this.secrets.isOpen(name)) {
      note({ allowed: true, rule: 'secrets', target: name, by: name });
      return this.secrets.isSet(name) ? this.secrets.handle(name) : undefined;
    }
    this.require(name, note);
    return this.open[name];
  }

  /** @throws SpellError `POLICY_DENIED` with the line that opens it. */
  require(name: string, note: NoteDecision, verb = 'read'): void {
    const allowed = Object.hasOwn(this.open, name);
    note({ allowed, rule: 'environment', target: name, ...(allowed ? { by: name } : {}) });
    if (allowed) return;
    throw new SpellError('POLICY_DENIED', `the variable ${name} must not be ${verb} by scripts`, {
      key: 'runtime.security.environment',
      hint: this.hint(name),
      details: { rule: 'environment', variable: name },
    });
  }

  isOpen(name: string): boolean {
    return Object.hasOwn(this.open, name) || this.secrets.isOpen(name);
  }

  /** What to write to open a variable. */
  hint(name: string): string {
    const line = `environment = ${JSON.stringify([...this.names(), name])}`;
    return `To open it write ${line} under [runtime.security] in llmspell.toml.`;
  }
}
