import { Runtime, type ToolResult } from '../../bindings/node/index.js';
import type { PlainValue, Value } from '../../runtime/base/value.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

/** What a call gives; the test fails where it gives an error. */
export function resultOf(reply: ToolResult): Record<string, PlainValue> {
  if (!reply.success) throw new Error(`${reply.error.code}: ${reply.error.message}`);
  return reply.result as Record<string, PlainValue>;
}

/** The error of a call that is meant to fail. */
export function errorOf(reply: ToolResult) {
  if (reply.success) throw new Error(`no error: ${JSON.stringify(reply.result)}`);
  return reply.error;
}

/** What a script returns, and what its replay returns in a runtime to which every host is closed. */
export async function replayedAlone(
  code: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<[Value, Value]> {
  const dataDir = temporaryFolder();
  const first = await Runtime.open({ dataDir, settings });
  const { run, value } = await first.eval(code);
  await first.close();
  const second = await Runtime.open({ dataDir });
  const { outcome, diverged } = await second.runs.replay(run);
  await second.close();
  if (diverged !== null) throw new Error('the replay left the record');
  return [value as Value, outcome.value as Value];
}
