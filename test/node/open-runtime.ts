import { onTestFinished } from 'vitest';
import { type OpenOptions, Runtime } from '../../bindings/node/index.js';

/** A runtime that is closed when the test ends. */
export async function openRuntime(options: OpenOptions = {}): Promise<Runtime> {
  const runtime = await Runtime.open(options);
  onTestFinished(() => runtime.close());
  return runtime;
}
