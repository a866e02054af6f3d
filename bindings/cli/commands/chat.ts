/** `llmspell chat`: a conversation with a model, line by line. */
import { join } from 'node:path';
import { userPaths } from '../../../config/paths.js';
import { SpellError, toSpellError } from '../../../runtime/base/errors.js';
import { redactorOf } from '../../../runtime/base/redactor.js';
import type { Session } from '../../../runtime/program-session.js';
import type { Runtime } from '../../node/runtime.js';
import { Chat, type FollowTurn } from '../chat/chat.js';
import { COMMAND_NAMES, performCommand, sessionLine } from '../chat/chat-commands.js';
import { Entries } from '../chat/entries.js';
import { HistoryFile } from '../chat/history-file.js';
import { TurnOutput } from '../chat/turn-output.js';
import { TypedLines } from '../chat/typed-lines.js';
import { EXIT_INTERRUPTED, EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { type Options, usageError } from '../option.js';
import { printable, printableLine } from '../render/printable.js';

export async function chat(invocation: Invocation): Promise<number> {
  const { options, terminal, cwd } = invocation;
  refuseOptions(invocation);
  const isInteractive = await terminal.isInteractive(0);
  return withRuntime(invocation, async (runtime) => {
    const settings = { title: options.text('title'), system: options.text('system') };
    const talk = new Chat(runtime, cwd, settings);
    const loaded = await prepare(talk, options);
    const { bold } = await terminal.paint(2);
    const typed = isInteractive ? await typedBefore(invocation, runtime) : undefined;
    const said = loaded === undefined ? [] : await saidBefore(runtime, loaded.id);
    const lines = new TypedLines({
      isInteractive,
      prompt: bold('> '),
      continuedPrompt: bold('. '),
      history: [...new Set([...said, ...(typed?.lines ?? [])])],
      remember: (line) => typed?.add(line),
      words: COMMAND_NAMES,
    });
    try {
      return await new Dialogue(invocation, runtime, talk, lines, isInteractive).hold(loaded);
    } finally {
      lines.close();
    }
  });
}

/** @throws SpellError `USAGE` */
function refuseOptions({ options, terminal }: Invocation): void {
  if (terminal.json) {
    throw usageError(
      "option '--json' cannot be used with chat, which answers more than once",
      'Use --jsonl for the events of its turns.',
    );
  }
  if (options.text('session') === undefined) return;
  if (options.text('title') === undefined && options.text('system') === undefined) return;
  throw usageError(
    "option '--session' cannot be used with '--title' or '--system'",
    '--title and --system describe a session that is created.',
  );
}

/** The session to go on with; what is wrong with the models shows before anything is said. */
async function prepare(talk: Chat, options: Options): Promise<Session | undefined> {
  const given = options.text('session');
  const loaded = given === undefined ? undefined : await talk.load(given);
  await talk.offer(options.texts('tool'));
  const names = { provider: options.text('provider'), model: options.text('model') };
  const isChosen = names.provider !== undefined || names.model !== undefined;
  await (isChosen ? talk.choose(names) : talk.model());
  return loaded;
}

/** What the user said in a session, the newest first, each on one line. */
async function saidBefore(runtime: Runtime, session: string): Promise<readonly string[]> {
  const messages = await runtime.sessions.history(session);
  return messages
    .flatMap(({ role, content }) => (role === 'user' ? [content.replace(/\s*\n\s*/g, ' ')] : []))
    .reverse();
}

/** What was typed in chats before; nothing is kept of it where nothing else is. */
async function typedBefore(
  { environment, terminal }: Invocation,
  { config, services }: Runtime,
): Promise<HistoryFile | undefined> {
  if (config.sessions.storageBackend === 'memory') return undefined;
  const redactor = redactorOf(services.secrets, undefined);
  const { yellow } = await terminal.paint(2);
  return new HistoryFile(
    join(userPaths(environment).stateDir, 'chat-history'),
    (line) => redactor?.text(line, 'message') ?? line,
    (message) => terminal.note(`${yellow('warning:')} ${printableLine(message)}`),
  );
}

/** Dialogue reads lines until the user ends it, and does what they say. */
class Dialogue {
  /** Of the first thing that went wrong. */
  #status = EXIT_OK;

  constructor(
    private readonly invocation: Invocation,
    private readonly runtime: Runtime,
    private readonly talk: Chat,
    private readonly lines: TypedLines,
    private readonly isInteractive: boolean,
  ) {}

  /** @returns The exit status. */
  async hold(loaded: Session | undefined): Promise<number> {
    const { terminal } = this.invocation;
    if (this.isInteractive) {
      const { provider, model } = await this.talk.model();
      terminal.note(`${provider}/${model} answers; /help lists the commands`);
    }
    if (loaded !== undefined) await this.#entered(loaded);
    const entries = new Entries(this.lines, this.isInteractive);
    for (let interrupts = 0; ; ) {
      const entry = await entries.next();
      if (entry.type === 'entry') {
        interrupts = 0;
        if (!(await this.#take(entry.text, entry.isCommand))) return this.#end();
      } else if (entry.type === 'end') {
        // The shell's prompt belongs on a line of its own.
        if (this.isInteractive) terminal.note('');
        return this.#end();
      } else {
        interrupts += 1;
        if (!this.isInteractive || interrupts > 1) return this.#end(EXIT_INTERRUPTED);
        this.lines.clear();
        terminal.note('\nCtrl-C once more ends the chat');
      }
    }
  }

  #end(status = this.isInteractive ? EXIT_OK : this.#status): number {
    const { session } = this.talk;
    if (this.isInteractive && session !== undefined) {
      this.invocation.terminal.note(`go on with: llmspell chat --session ${session}`);
    }
    return status;
  }

  /** @returns Whether the chat goes on. */
  async #take(text: string, isCommand: boolean): Promise<boolean> {
    if (text.trim() === '') return true;
    try {
      if (isCommand) return await performCommand(this.#scene(), text);
      await this.#say(text);
    } catch (thrown) {
      await this.#failed(toSpellError(thrown));
    }
    return true;
  }

  #scene() {
    const { talk, runtime } = this;
    const { terminal, environment } = this.invocation;
    const entered = (session: Session) => this.#entered(session);
    return { chat: talk, runtime, terminal, home: userPaths(environment).home, entered };
  }

  async #say(prompt: string): Promise<void> {
    const { terminal } = this.invocation;
    const { id, isNew } = await this.talk.begin(prompt);
    if (isNew) terminal.note(`session ${id}`);
    const before = await this.talk.messageCount();
    const error = await this.talk.ask(prompt, this.#following(true));
    if (error !== undefined) await this.#failed(error);
    if (error?.code !== 'STOPPED') return;
    const isKept = (await this.talk.messageCount()) > before;
    terminal.note(
      isKept ? 'stopped; what tools have answered is kept' : 'stopped; what was said is not kept',
    );
  }

  /** Tells of a session that the chat goes on in, and completes what a crash has left of it. */
  async #entered(session: Session): Promise<void> {
    const { terminal } = this.invocation;
    terminal.note(sessionLine(session));
    for (const turn of await this.talk.unfinished()) {
      terminal.note(printable(`unanswered so far: ${turn.prompt}`));
      // Of its answer a part may have been shown already, and a part may be void; what counts is what is kept.
      const error = await this.talk.finish(turn, this.#following(false));
      if (error?.code === 'STOPPED') terminal.note('stopped');
      if (error !== undefined) await this.#failed(error);
      else terminal.note(printable(await this.talk.lastSaid()));
    }
  }

  #following(shows: boolean): FollowTurn {
    const { options, terminal } = this.invocation;
    return async (start) => {
      const stop = new AbortController();
      const isPerson = await terminal.isInteractive(1);
      const output = new TurnOutput(terminal, { isPerson, paint: await terminal.paint(2) });
      const asEvents = options.flag('jsonl') && shows;
      const onOutput = shows && !asEvents ? output.take : () => {};
      const work = async () => {
        const run = start({ signal: stop.signal, onOutput });
        terminal.detail(`run ${run.id}`);
        if (asEvents) for await (const event of run) terminal.out(`${JSON.stringify(event)}\n`);
        return run.outcome;
      };
      const outcome = await this.lines.whileWorking(work, () => {
        if (stop.signal.aborted) process.exit(EXIT_INTERRUPTED);
        stop.abort(new SpellError('STOPPED', 'the answer was stopped'));
      });
      output.end();
      return outcome;
    };
  }

  async #failed(error: SpellError): Promise<void> {
    const { terminal } = this.invocation;
    if (this.#status === EXIT_OK) this.#status = error.exitStatus;
    // Who has stopped it knows.
    if (error.code === 'STOPPED') return;
    // Where it is in our own program is of no use.
    const { code, message, hint } = error;
    await terminal.failure(new SpellError(code, message, { hint, cause: error.cause }));
  }
}
