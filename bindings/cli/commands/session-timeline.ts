/** `llmspell session timeline <id>` */
import type { TimelineEvent } from '../../../runtime/session-story.js';
import { EXIT_OK } from '../exit-code.js';
import { type Invocation, withRuntime } from '../invocation.js';
import { timeText } from '../render/formats.js';
import { type Column, tableText } from '../render/table.js';

export async function showTimeline(invocation: Invocation): Promise<number> {
  const { args, terminal } = invocation;
  const [session, events] = await withRuntime(invocation, async (runtime) => {
    const { sessions } = await runtime.services.stores();
    const { id } = await sessions.find(args[0] ?? '');
    return [id, await runtime.services.story().timeline(id)] as const;
  });
  await terminal.result({ session, items: events.map(toJson), next: null }, async () => {
    const columns: Column<TimelineEvent>[] = [
      { title: 'TIME', text: ({ at }) => timeText(at) },
      { title: 'SEQ', align: 'right', text: ({ seq }) => (seq === null ? '-' : String(seq)) },
      { title: 'ACTOR', text: ({ actor }) => actor ?? '-' },
      { title: 'BRANCH', text: ({ branch }) => branch ?? '' },
      { title: 'EVENT', text: ({ event }) => event },
      { title: 'WHERE', text: ({ where }) => where ?? '' },
      { title: 'DETAIL', text: detailText },
    ];
    terminal.out(tableText(events, columns, await terminal.paint(1)));
  });
  return EXIT_OK;
}

function detailText({ detail, error }: TimelineEvent): string {
  return error === null ? detail : `${detail} [${error}]`;
}

function toJson({ at, ...event }: TimelineEvent) {
  return { at: new Date(at).toISOString(), ...event };
}
