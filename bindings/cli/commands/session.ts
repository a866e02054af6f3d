/** `llmspell session list|show|delete` */

import type { Part } from '../../../runtime/provider/message.js';
import { isSessionStatus, SESSION_STATUSES } from '../../../runtime/session/lifecycle.js';
import type { MessageNode } from '../../../runtime/session/message-node.js';
import { textOf } from '../../../runtime/session/message-parts.js';
import { toJsonMessage } from '../../../runtime/session/message-view.js';
import type { SessionRecord } from '../../../runtime/session/session.js';
import type { SessionStore } from '../../../runtime/session/session-store.js';
import { toJsonRecord } from '../../../runtime/session/session-view.js';
import { EXIT_OK } from '../exit-code.js';
import { confirm, type Invocation, withRuntime } from '../invocation.js';
import { type Options, usageError } from '../option.js';
import { countText, idShortener, timeText } from '../render/formats.js';
import { jsonText } from '../render/json-view.js';
import { printable, printableLine } from '../render/printable.js';
import { tableText } from '../render/table.js';
import { metadataOption } from './metadata-option.js';
import { pageOptions, printNext } from './page.js';

export async function listSessions(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const status = statusOption(options);
  const metadata = metadataOption(options);
  const page = pageOptions(options);
  const parent = options.text('parent');
  const name = options.text('name');
  const { items, next } = await withRuntime(invocation, async (runtime) => {
    const { sessions } = await runtime.services.stores();
    return sessions.list({
      ...page,
      status,
      metadata,
      name,
      tags: options.texts('tag'),
      parentSessionId: parent === undefined ? undefined : (await sessions.find(parent)).id,
    });
  });
  await terminal.result({ items: items.map(toJsonRecord), next: next ?? null }, async () => {
    if (items.length === 0) return terminal.note('no sessions');
    const short = idShortener(items.map(({ id }) => id));
    const columns = [
      { title: 'ID', text: ({ id }: SessionRecord) => short(id) },
      { title: 'STATUS', text: (session: SessionRecord) => session.status },
      { title: 'UPDATED', text: (session: SessionRecord) => timeText(session.updatedAt) },
      {
        title: 'ARTIFACTS',
        align: 'right' as const,
        text: (session: SessionRecord) => String(session.artifactCount),
      },
      { title: 'NAME', text: (session: SessionRecord) => session.name ?? '-' },
      { title: 'TAGS', text: (session: SessionRecord) => session.tags.join(', ') },
    ];
    terminal.out(tableText(items, columns, await terminal.paint(1)));
    printNext(terminal, next);
  });
  return EXIT_OK;
}

export async function showSession(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const limit = options.count('messages') ?? SHOWN_MESSAGES;
  const { session, messages } = await withRuntime(invocation, async (runtime) => {
    const { sessions, conversations } = await runtime.services.stores();
    const { reader } = conversations;
    const found = await sessions.find(args[0] ?? '');
    const records = await reader.history(found.id, { limit });
    return { session: found, messages: await reader.loadAll(records) };
  });
  const data = { ...toJsonRecord(session), messages: messages.map(toJsonMessage) };
  await terminal.result(data, async () => {
    const { bold } = await terminal.paint(1);
    for (const [title, text] of describe(session)) {
      terminal.out(`${bold(title.padEnd(TITLE_WIDTH))}${text}\n`);
    }
    for (const message of messages) {
      const by = message.name === null ? message.role : `${message.role} (${message.name})`;
      terminal.out(`\n${bold(message.id)} ${timeText(message.createdAt)} ${printableLine(by)}\n`);
      terminal.out(`${indented(printable(spokenText(message)))}\n`);
    }
  });
  return EXIT_OK;
}

/** Messages that are shown when nobody says how many. */
const SHOWN_MESSAGES = 10;

/** What people see of a message. */
function spokenText({ parts }: MessageNode): string {
  return parts.map(partText).join('\n');
}

function partText(part: Part): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'image':
      return `[image ${part.mimeType}]`;
    case 'tool_call':
      return `[calls ${part.name} ${jsonText(part.arguments)}]`;
    case 'tool_result':
      return `[${part.isError ? 'error' : 'result'} of ${part.name}] ${textOf(part.content)}`;
    case 'reasoning':
      return `[thinks] ${part.text}`;
  }
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}

const TITLE_WIDTH = 13;

/** The fields that a session has, for people. */
function describe(session: SessionRecord): [string, string][] {
  const fields: [string, string | null][] = [
    ['id', session.id],
    ['name', session.name],
    ['description', session.description],
    ['status', session.status],
    ['failure', session.failureReason],
    ['tags', session.tags.join(', ')],
    ['parent', session.parentSessionId],
    ['run', session.run],
    ['forked from', session.forkedFrom],
    ['created', timeText(session.createdAt)],
    ['updated', timeText(session.updatedAt)],
    ['messages', String(session.messageCount)],
    ['artifacts', String(session.artifactCount)],
    ['metadata', session.metadata.size === 0 ? null : jsonText(session.metadata)],
  ];
  return fields.flatMap(([title, text]) => (text ? [[title, printableLine(text)]] : []));
}

export async function deleteSessions(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const recursive = options.flag('recursive');
  const deleted = await withRuntime(invocation, async (runtime) => {
    const { sessions } = await runtime.services.stores();
    const ids = new Set<string>();
    for (const arg of args) {
      const { id } = await sessions.find(arg);
      if (recursive) for (const descendant of await descendants(sessions, id)) ids.add(descendant);
      ids.add(id);
    }
    await confirm(invocation, `Delete ${countText(ids.size, 'session')} with their artifacts?`);
    for (const id of ids) await runtime.sessions.delete(id);
    return [...ids];
  });
  await terminal.result({ deleted }, () => {
    for (const id of deleted) terminal.out(`${id}\n`);
    terminal.note(`deleted ${countText(deleted.length, 'session')}`);
  });
  return EXIT_OK;
}

/** Children before their parents. */
async function descendants(sessions: SessionStore, id: string): Promise<string[]> {
  const found: string[] = [];
  for (const child of await sessions.children(id)) {
    found.push(...(await descendants(sessions, child.id)), child.id);
  }
  return found;
}

function statusOption(options: Options): string | undefined {
  const status = options.text('status');
  if (status === undefined || isSessionStatus(status)) return status;
  throw usageError(
    `option '--status' must be one of ${SESSION_STATUSES.join(', ')}, got ${JSON.stringify(status)}`,
  );
}
