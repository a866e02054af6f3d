/**
 * Queries in the language of jq, by jq itself in WebAssembly. A query can go on forever, so each has a thread of its
 * own, which ends with it, or when the call is stopped. The thread sees nothing of this process but the query and its
 * input.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { JqResult } from 'jq-wasm';
import { SpellError } from '../../base/errors.js';
import { parseJson } from '../../base/json.js';
import type { Value } from '../../base/value.js';

/** What a thread may use besides the memory of jq, which holds at most 2 GB. */
const MAX_HEAP_MB = 256;

const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
require(workerData.jq).raw(workerData.input, workerData.query, ['--compact-output']).then(
  (result) => parentPort.postMessage(result),
  (error) => parentPort.postMessage({ stdout: '', stderr: 'jq: error: ' + error.message, exitCode: 5 }),
);`;

/**
 * @param input JSON, one document or several.
 * @returns What the query gives, in order, for each of the documents.
 * @throws SpellError `TOOL_ARGUMENTS` for a query that jq does not understand, `JSON_SYNTAX` for such an input,
 * `TOOL_FAILED` for what fails while the query works, `TOO_LARGE`.
 */
export async function queryJson(
  query: string,
  input: string,
  signal: AbortSignal,
): Promise<Value[]> {
  const { stdout, stderr, exitCode } = await inThread(query, input, signal);
  if (exitCode !== 0) throw failure(stderr.trim(), exitCode);
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [parseJson(line)]));
}

function inThread(query: string, input: string, signal: AbortSignal): Promise<JqResult> {
  signal.throwIfAborted();
  const jq = createRequire(import.meta.url).resolve('jq-wasm');
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { jq, query, input },
    env: {},
    argv: [],
    stdin: true,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  return new Promise<JqResult>((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    worker.once('message', resolve);
    worker.once('error', (cause) => reject(brokenThread(cause)));
    worker.once('exit', () => {
      signal.removeEventListener('abort', stop);
      reject(brokenThread(undefined));
    });
  }).finally(() => worker.terminate());
}

function brokenThread(cause: unknown): SpellError {
  if ((cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new SpellError('TOO_LARGE', 'what the query gives does not fit into memory', { cause });
  }
  return new SpellError('TOOL_FAILED', 'the query broke off', { cause });
}

/** The exit status of jq for queries that it can't compile. */
const NO_QUERY = 3;

function failure(stderr: string, exitCode: number): SpellError {
  const reason = stderr.replace(/^jq: (?:parse )?error(?: \(at [^)]*\))?: /, '');
  if (exitCode === NO_QUERY) {
    const problem = reason.replace(/\s*jq: \d+ compile errors?$/, '');
    return new SpellError('TOOL_ARGUMENTS', `/query is no query of jq: ${problem}`, {
      key: '/query',
      hint: 'The language is that of jq 1.8: https://jqlang.org/manual/v1.8/.',
      details: { path: '/query' },
    });
  }
  if (stderr.startsWith('jq: parse error')) {
    return new SpellError('JSON_SYNTAX', `the input is no JSON: ${reason}`);
  }
  if (/Aborted|Cannot enlarge memory|memory exhausted/.test(reason)) {
    return new SpellError('TOO_LARGE', 'what the query gives does not fit into memory');
  }
  return new SpellError('TOOL_FAILED', `the query failed: ${reason}`);
}
