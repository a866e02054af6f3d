/** ProgramAccess asks for calls that the embedding program makes itself what is asked for those of its scripts. */
import {
  type AccessRequest,
  type Authorize,
  type CallTarget,
  requireAccess,
} from './host/access.js';

export class ProgramAccess {
  constructor(
    private readonly authorize: Authorize | undefined,
    private readonly actor: string | null,
  ) {}

  /** Who the program acts for, as records of what it makes tell. */
  get maker(): string | undefined {
    return this.actor ?? undefined;
  }

  /** False where nobody decides: every call may be made. */
  get isAsked(): boolean {
    return this.authorize !== undefined;
  }

  /**
   * @param op The call that a script would make.
   * @throws SpellError `POLICY_DENIED`
   */
  async require(op: string, kind: AccessRequest['kind'], target: CallTarget = {}): Promise<void> {
    const { authorize, actor } = this;
    if (authorize === undefined) return;
    await requireAccess(authorize, { op, kind }, target, { actor, run: null });
  }
}
