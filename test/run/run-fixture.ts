/** Opens runtimes for tests and collects what a run tells. */
import { onTestFinished } from 'vitest';
import { type OpenOptions, type Run, type RunEvent, Runtime } from '../../bindings/node/index.js';

export async function openRuntime(options: OpenOptions = {}): Promise<Runtime> {
  const runtime = await Runtime.open(options);
  onTestFinished(() => runtime.close());
  return runtime;
}

export async function eventsOf(run: Run): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** Resolves once the script called the tool or printed: it runs then. */
export async function firstOutput(run: Run): Promise<void> {
  for await (const event of run) if (event.type === 'stdout') return;
}
