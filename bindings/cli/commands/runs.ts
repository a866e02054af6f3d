/** `llmspell runs [show <run>]` */
import type { JournalEntry } from '../../../runtime/journal/journal-entry.js';
import type { KeptRun, KeptWait } from '../../../runtime/kept-run.js';
import { isRunPhase, RUN_PHASES, type RunPhase } from '../../../runtime/run/run-status.js';
import { EXIT_OK } from '../exit-code.js';
import { CommandFailure, type Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { type Options, usageError } from '../option.js';
import { idShortener, sizeText, timeText } from '../render/formats.js';
import { printableLine } from '../render/printable.js';
import { toJsonEntry, toJsonRun, waitText } from '../render/run-view.js';
import { type Column, tableText } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { pageOptions, printNext } from './page.js';

export async function listRuns(invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const filter = { ...pageOptions(options), status: statusOption(options) };
  const { items, next } = await withKeptRuns(invocation, (runtime) => runtime.runs.list(filter));
  await terminal.result({ items: items.map(toJsonRun), next: next ?? null }, async () => {
    if (items.length === 0) return terminal.note('no runs');
    const short = idShortener(items.map(({ id }) => id));
    const columns: Column<KeptRun>[] = [
      { title: 'ID', text: ({ id }) => short(id) },
      { title: 'STATUS', text: ({ status }) => status },
      { title: 'STARTED', text: ({ startedAt }) => timeText(startedAt.getTime()) },
      { title: 'CALLS', align: 'right', text: callsText },
      { title: 'SCRIPT', text: ({ script }) => script.path },
      ...(items.some(({ waitsFor }) => waitsFor.length > 0) ? [WAITS_FOR] : []),
    ];
    terminal.out(tableText(items, columns, await terminal.paint(1)));
    printNext(terminal, next);
  });
  return EXIT_OK;
}

/** How many calls a run has made is written down where it ends or sleeps. */
function callsText({ status, usage }: KeptRun): string {
  return status === 'running' || status === 'interrupted' ? '-' : String(usage.calls);
}

const WAITS_FOR: Column<KeptRun> = {
  title: 'WAITS FOR',
  text: ({ waitsFor }) => waitsFor.map(shortWait).join(', '),
};

function shortWait(wait: KeptWait): string {
  return wait.type === 'time' ? waitText(wait) : `${wait.type} ${JSON.stringify(wait.name)}`;
}

export async function showRun(invocation: Invocation): Promise<number> {
  const { args, terminal } = invocation;
  const [run, { entries, damage }] = await withKeptRuns(invocation, async ({ runs }) => {
    const found = await runs.find(args[0] ?? '');
    return [found, await runs.soundEntries(found.id)] as const;
  });
  const data = { ...toJsonRun(run), journal: entries.map(toJsonEntry) };
  if (damage !== undefined) {
    // What can be read of it is what somebody needs who wants to go on from there.
    if (!terminal.json) await printRun(terminal, run, entries);
    throw new CommandFailure(damage, data);
  }
  await terminal.result(data, () => printRun(terminal, run, entries));
  return EXIT_OK;
}

const TITLE_WIDTH = 13;

async function printRun(
  terminal: Terminal,
  run: KeptRun,
  entries: readonly JournalEntry[],
): Promise<void> {
  const paint = await terminal.paint(1);
  for (const [title, text] of describe(run)) {
    terminal.out(`${paint.bold(title.padEnd(TITLE_WIDTH))}${printableLine(text)}\n`);
  }
  const columns: Column<JournalEntry>[] = [
    { title: 'SEQ', align: 'right', text: ({ seq }) => String(seq) },
    { title: 'TIME', text: ({ at }) => timeText(at) },
    { title: 'BRANCH', text: ({ event }) => ('branch' in event ? event.branch : '') },
    { title: 'WHAT', text: what },
    { title: 'OUTCOME', text: outcome },
    {
      title: 'MS',
      align: 'right',
      text: ({ event }) => (event.type === 'call' ? String(event.durationMs) : ''),
    },
    { title: 'WHERE', text: ({ event }) => (event.type === 'call' ? (event.where ?? '') : '') },
  ];
  terminal.out(`\n${tableText(entries, columns, paint)}`);
}

/** The fields that a run has, for people. */
function describe(run: KeptRun): [string, string][] {
  const { parent, error, checkpoints, usage } = run;
  const twice = usage.possiblyBilledTwice;
  const fields: [string, string | null][] = [
    ['id', run.id],
    ['script', run.script.path],
    ['script hash', run.script.hash],
    ['arguments', run.args.map((arg) => JSON.stringify(arg)).join(' ')],
    ['actor', run.actor],
    ['status', run.status],
    ['error', error === null ? null : `${error.message} [${error.code}]`],
    ['started', timeText(run.startedAt.getTime())],
    ['ended', run.endedAt === null ? null : timeText(run.endedAt.getTime())],
    ['forked from', parent === null ? null : `${parent.run} at ${parent.seq}`],
    ['sessions', run.sessions.join(', ')],
    ['calls', String(usage.calls)],
    ['tokens', tokensText(usage)],
    ['cost', usage.costUsd === null ? null : `${usage.costUsd.toFixed(6)} USD`],
    ...run.waitsFor.map((wait): [string, string] => ['waits for', waitText(wait)]),
    ['billed twice', twice === 0 ? null : `possibly ${twice}`],
    ...checkpoints.map(({ seq, label, bytes }): [string, string] => [
      'checkpoint',
      `${seq}${label === null ? '' : ` ${JSON.stringify(label)}`} (${sizeText(bytes)})`,
    ]),
  ];
  return fields.flatMap(([title, text]) => (text ? [[title, text]] : []));
}

function tokensText({ modelCalls, inputTokens, outputTokens }: KeptRun['usage']): string | null {
  if (modelCalls === 0) return null;
  const answers = modelCalls === 1 ? 'answer' : 'answers';
  return `${inputTokens} in, ${outputTokens} out (${modelCalls} ${answers} of models)`;
}

function what({ event }: JournalEntry): string {
  switch (event.type) {
    case 'call':
      return event.op;
    case 'intent':
      return `${event.op} leaves`;
    case 'checkpoint':
      return event.label === undefined ? 'checkpoint' : `checkpoint ${JSON.stringify(event.label)}`;
    default:
      return event.type;
  }
}

function outcome({ event }: JournalEntry): string {
  if (event.type === 'end') return event.status;
  if (event.type === 'intent') return event.effect;
  if (event.type !== 'call') return '';
  return event.outcome.ok ? 'ok' : event.outcome.error.code;
}

function statusOption(options: Options): RunPhase | undefined {
  const status = options.text('status');
  if (status === undefined || isRunPhase(status)) return status;
  throw usageError(
    `option '--status' must be one of ${RUN_PHASES.join(', ')}, got ${JSON.stringify(status)}`,
  );
}
