/** The commands of a chat: lines that begin with a slash. Each has its line here, help and completion come from it. */

import type { SpellError } from '../../../runtime/base/errors.js';
import { didYouMean } from '../../../runtime/base/nearest-name.js';
import type { Session } from '../../../runtime/program-session.js';
import type { Tool } from '../../../runtime/tool/tool.js';
import type { Runtime } from '../../node/runtime.js';
import { usageError } from '../option.js';
import { countText, idShortener, timeText } from '../render/formats.js';
import { printable, printableLine } from '../render/printable.js';
import { type Column, tableText } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import type { Chat } from './chat.js';

/** What commands act on. */
export interface ChatScene {
  readonly chat: Chat;
  readonly runtime: Runtime;
  readonly terminal: Terminal;
  /** The user's folder. */
  readonly home: string;
  /** Called when the chat goes on in another session. */
  readonly entered: (session: Session) => Promise<void>;
}

interface ChatCommand {
  readonly name: string;
  /** `<needed>`, `[optional]`, or nothing. */
  readonly arg: string;
  readonly summary: string;
  readonly run: (scene: ChatScene, arg: string) => Promise<void>;
}

const EXIT = '/exit';

/** Sessions that `/list` shows. */
const LISTED = 20;

const COMMANDS: readonly ChatCommand[] = [
  { name: '/list', arg: '', summary: 'list the sessions that were talked in last', run: list },
  { name: '/load', arg: '<id>', summary: 'go on in this session', run: load },
  { name: '/model', arg: '[name]', summary: 'show who answers, or choose it', run: model },
  {
    name: '/tools',
    arg: '[names]',
    summary: 'list the tools, or choose those that the model may call; none takes them away',
    run: tools,
  },
  { name: '/save', arg: '[path]', summary: 'write the session to a JSON file', run: save },
  {
    name: '/fork',
    arg: '[message]',
    summary: 'go on in a copy of the session, up to a message such as msg_4',
    run: fork,
  },
  { name: '/history', arg: '', summary: 'print what was said', run: history },
  {
    name: '/help',
    arg: '',
    summary: 'print this help',
    run: async ({ terminal }) => help(terminal),
  },
  { name: EXIT, arg: '', summary: 'end; so does Ctrl-D', run: async () => {} },
];

export const COMMAND_NAMES: readonly string[] = COMMANDS.map(({ name }) => name);

/**
 * Performs the command of a line.
 *
 * @returns Whether the chat goes on.
 * @throws SpellError `USAGE` for commands that there are not, and the errors of the command.
 */
export async function performCommand(scene: ChatScene, line: string): Promise<boolean> {
  const [, name = '', arg = ''] = /^(\S+)\s*(.*?)\s*$/s.exec(line) ?? [];
  const command = COMMANDS.find((known) => known.name === name);
  if (command === undefined) throw unknownCommand(name);
  if (command.arg === '' && arg !== '') throw usageError(`${name} takes nothing`, usageOf(command));
  if (command.arg.startsWith('<') && arg === '') {
    throw usageError(`${name} needs ${command.arg}`, usageOf(command));
  }
  await command.run(scene, arg);
  return name !== EXIT;
}

function unknownCommand(name: string): SpellError {
  const near = didYouMean(name, COMMAND_NAMES);
  return usageError(
    `there is no command ${name}`,
    near ?? '/help lists the commands; to say something that begins with a slash, write two.',
  );
}

function usageOf({ name, arg, summary }: ChatCommand): string {
  return `${`${name} ${arg}`.trim()}: ${summary}`;
}

function help(terminal: Terminal): void {
  const width = Math.max(...COMMANDS.map(({ name, arg }) => name.length + arg.length + 1));
  for (const { name, arg, summary } of COMMANDS) {
    terminal.out(`${`${name} ${arg}`.padEnd(width)}  ${summary}\n`);
  }
  terminal.out('Ctrl-C stops an answer. A line that begins with // is said with one slash.\n');
  terminal.out(
    'A line that ends with \\ goes on with the next one; """ begins and ends several lines.\n',
  );
}

async function list({ chat, runtime, terminal }: ChatScene): Promise<void> {
  const { items } = await runtime.sessions.list({ limit: 10 * LISTED });
  const talks = items.filter(({ messageCount }) => messageCount > 0).slice(0, LISTED);
  if (talks.length === 0) return terminal.note('no session was talked in');
  const short = idShortener(talks.map(({ id }) => id));
  const columns: Column<Session>[] = [
    { title: '', text: ({ id }) => (id === chat.session ? '*' : '') },
    { title: 'ID', text: ({ id }) => short(id) },
    { title: 'UPDATED', text: ({ updatedAt }) => timeText(updatedAt.getTime()) },
    { title: 'MESSAGES', align: 'right', text: ({ messageCount }) => String(messageCount) },
    { title: 'NAME', text: ({ name }) => name ?? '-' },
  ];
  terminal.out(tableText(talks, columns, await terminal.paint(1)));
}

async function load({ chat, entered }: ChatScene, id: string): Promise<void> {
  await entered(await chat.load(id));
}

async function model({ chat, runtime, terminal }: ChatScene, name: string): Promise<void> {
  const chosen = name === '' ? await chat.model() : await chat.choose({ model: name });
  const { table } = await runtime.services.models();
  const near = table.find(chosen.model) === undefined ? table.near(chosen.model) : [];
  if (name !== '' && near.length > 0) {
    await terminal.warning(`nothing is known of ${name}; near: ${near.join(', ')}`);
  }
  terminal.note(printableLine(`${chosen.provider}/${chosen.model} answers`));
}

const NO_TOOLS = 'none';

async function tools({ chat, runtime, terminal }: ChatScene, names: string): Promise<void> {
  if (names !== '') {
    await chat.offer(names === NO_TOOLS ? [] : names.split(/[\s,]+/));
    const offered = chat.tools.length === 0 ? 'no tools' : chat.tools.join(', ');
    return terminal.note(`the model may call ${offered}`);
  }
  const columns: Column<Tool>[] = [
    { title: '', text: ({ name }) => (chat.tools.includes(name) ? '*' : '') },
    { title: 'NAME', text: ({ name }) => name },
    { title: 'EFFECT', text: ({ effect }) => effect },
    { title: 'DESCRIPTION', text: ({ description }) => description },
  ];
  await runtime.tools.load();
  terminal.out(tableText(runtime.tools.list(), columns, await terminal.paint(1)));
}

async function save({ chat, runtime, terminal, home }: ChatScene, path: string): Promise<void> {
  const session = chat.requireSession();
  const named = path === '' ? `${session.replace(/[^\w.-]/g, '_')}.json` : path;
  // There is no shell that would do it.
  const file = named.replace(/^~(?=$|\/)/, () => home);
  await runtime.sessions.saveFile(session, file);
  terminal.note(printableLine(`saved in ${file}`));
}

async function fork({ chat, entered }: ChatScene, message: string): Promise<void> {
  const at = /^\d+$/.test(message) ? `msg_${message}` : message;
  await entered(await chat.fork(at === '' ? undefined : at));
}

async function history({ chat, runtime, terminal }: ChatScene): Promise<void> {
  const messages = chat.session === undefined ? [] : await runtime.sessions.history(chat.session);
  const { bold, dim } = await terminal.paint(1);
  for (const { id, role, content } of messages) {
    const text = printable(content).replace(/^/gm, '  ');
    terminal.out(`${bold(role)} ${dim(id)}\n${text}\n`);
  }
  if (messages.length === 0) terminal.note('nothing was said here');
}

/** A line for people about the session that a chat goes on in. */
export function sessionLine({ id, name, messageCount }: Session): string {
  const called = name === null ? '' : ` "${name}"`;
  return printableLine(`session ${id}${called}, ${countText(messageCount, 'message')}`);
}
