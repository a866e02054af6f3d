/**
 * Chat is one conversation of the command line: the session that it is kept in, the model that answers, the tools that
 * it may call, and its turns.
 * A session is made when something is said first.
 */
import { SpellError } from '../../../runtime/base/errors.js';
import { addUsage, NO_USAGE } from '../../../runtime/host/usage.js';
import type { ModelChoice } from '../../../runtime/llm-api.js';
import type { Session } from '../../../runtime/program-session.js';
import type { TargetNames } from '../../../runtime/provider/registry.js';
import type { Run } from '../../../runtime/run/run.js';
import type { RunOutcome } from '../../../runtime/run/run-outcome.js';
import type { RunOptions } from '../../../runtime/run-options.js';
import type { Runtime } from '../../node/runtime.js';
import { promptOf, TURN_NAME, turnArguments, turnScript } from './turn-script.js';

/** What a session is made with. */
export interface ChatSettings {
  readonly title?: string | undefined;
  readonly system?: string | undefined;
}

/** What a turn is started with. */
export type TurnOptions = Required<Pick<RunOptions, 'signal' | 'onOutput' | 'usedBefore'>>;

/** Follows a turn to its end: shows its output, and lets the user stop it. */
export type FollowTurn = (
  start: (options: Omit<TurnOptions, 'usedBefore'>) => Run,
) => Promise<RunOutcome>;

/** A turn whose process was killed before its answer was complete. */
export interface UnfinishedTurn {
  readonly run: string;
  readonly prompt: string;
}

/** Characters of what is said first that a session without a title is called by. */
const MAX_TITLE = 60;

export class Chat {
  #session: string | undefined;
  #model: ModelChoice | undefined;
  #tools: readonly string[] = [];
  #used = NO_USAGE;

  constructor(
    private readonly runtime: Runtime,
    private readonly folder: string,
    private readonly settings: ChatSettings,
  ) {}

  /** `undefined` until something was said. */
  get session(): string | undefined {
    return this.#session;
  }

  /** The session that commands are about. @throws SpellError `NO_CURRENT_SESSION` */
  requireSession(): string {
    if (this.#session !== undefined) return this.#session;
    throw new SpellError('NO_CURRENT_SESSION', 'nothing was said here', {
      hint: 'Say something first, or /load a session.',
    });
  }

  /** Goes on with a session. @throws SpellError `SESSION_NOT_FOUND`, `AMBIGUOUS_ID` */
  async load(idOrPrefix: string): Promise<Session> {
    const session = await this.runtime.sessions.find(idOrPrefix);
    this.#session = session.id;
    this.#model = undefined;
    return session;
  }

  /** The turns of the session that a crash has cut off, oldest first. */
  async unfinished(): Promise<readonly UnfinishedTurn[]> {
    const id = this.requireSession();
    const { items } = await this.runtime.runs.list({ status: 'interrupted' });
    return items
      .flatMap((run) => {
        const prompt = promptOf(run, id);
        return prompt === undefined ? [] : [{ run: run.id, prompt }];
      })
      .reverse();
  }

  /** Who answers. @throws SpellError `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND` */
  async model(): Promise<ModelChoice> {
    if (this.#model !== undefined) return this.#model;
    if (this.#session === undefined) return this.#resolve({});
    const { provider, model } = await this.runtime.sessions.getProvider(this.#session);
    return this.#resolve({ provider: provider ?? undefined, model: model ?? undefined });
  }

  /**
   * Chooses who answers from now on, in this session.
   *
   * @throws SpellError `PROVIDER_NOT_FOUND`, `MODEL_NOT_FOUND`, `SESSION_STATE`
   */
  async choose(names: TargetNames): Promise<ModelChoice> {
    const choice = await this.#resolve(names);
    if (this.#session === undefined) this.#model = choice;
    else await this.runtime.sessions.setProvider(this.#session, choice.provider, choice.model);
    return choice;
  }

  /** The tools that the model may call. */
  get tools(): readonly string[] {
    return this.#tools;
  }

  /** @throws SpellError `TOOL_NOT_FOUND`, and `POLICY_DENIED` for tools that must not run. */
  async offer(tools: readonly string[]): Promise<void> {
    const { tools: known, services } = this.runtime;
    for (const name of tools) {
      await known.load(name);
      services.toolPolicy.check(known.get(name).name);
    }
    this.#tools = [...new Set(tools)];
  }

  /** Makes the session, if there is none. */
  async begin(prompt: string): Promise<{ readonly id: string; readonly isNew: boolean }> {
    const { sessions } = this.runtime;
    if (this.#session !== undefined) {
      // One that nobody used for a while rests.
      const session = await sessions.get(this.#session);
      if (session?.status === 'suspended') await sessions.resume(session.id);
      return { id: this.#session, isNew: false };
    }
    const { title, system } = this.settings;
    const { id } = await sessions.create({
      name: title ?? firstWords(prompt),
      ...(system === undefined ? {} : { systemPrompt: system }),
      ...this.#model,
    });
    this.#session = id;
    this.#model = undefined;
    return { id, isNew: true };
  }

  /** Says something. @returns Why there is no answer. */
  ask(prompt: string, follow: FollowTurn): Promise<SpellError | undefined> {
    const args = turnArguments(this.requireSession(), prompt, this.#tools);
    return this.#turn(follow, (options) =>
      this.runtime.startRun(TURN_NAME, () => turnScript(this.folder), { ...options, args }),
    );
  }

  /** Goes on with a turn. @returns Why there is no answer. */
  finish({ run }: UnfinishedTurn, follow: FollowTurn): Promise<SpellError | undefined> {
    return this.#turn(follow, (options) => this.runtime.runs.resume(run, options));
  }

  /** The turns of a chat share its budget. */
  async #turn(
    follow: FollowTurn,
    start: (options: TurnOptions) => Run,
  ): Promise<SpellError | undefined> {
    const usedBefore = this.#used;
    const { usage, error } = await follow((options) => start({ ...options, usedBefore }));
    this.#used = addUsage(usedBefore, usage);
    return error;
  }

  /** How many messages the session has. */
  async messageCount(): Promise<number> {
    return (await this.runtime.sessions.get(this.requireSession()))?.messageCount ?? 0;
  }

  /** The last message of the session. */
  async lastSaid(): Promise<string> {
    const [last] = await this.runtime.sessions.history(this.requireSession(), { limit: 1 });
    return last?.content ?? '';
  }

  /** Goes on in a copy of the session, which does not change; up to a message where one is named. */
  async fork(message: string | undefined): Promise<Session> {
    const { sessions } = this.runtime;
    const id = await sessions.copy(
      this.requireSession(),
      message === undefined ? {} : { at: message },
    );
    return this.load(id);
  }

  async #resolve(names: TargetNames): Promise<ModelChoice> {
    const { registry } = await this.runtime.services.models();
    const isProvider = registry.list().some(({ name }) => name === names.model);
    const meant = isProvider && names.provider === undefined ? { provider: names.model } : names;
    const { provider, model } = registry.resolve(meant);
    return { provider: provider.name, model };
  }
}

function firstWords(prompt: string): string {
  const line = prompt.trim().replace(/\s+/g, ' ');
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1)}…`;
}
