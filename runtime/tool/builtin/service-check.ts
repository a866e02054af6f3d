import { connect } from 'node:net';
import { SpellError } from '../../base/errors.js';
import { bareHost } from '../../base/host-rule.js';
import { type HostValue, toPlain } from '../../base/value.js';
import type { NoteDecision } from '../decision.js';
import { urlArgument } from '../network/http-client.js';
import type { Host } from '../network-policy.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import type { HttpReach } from './http-exchange.js';
import { badArgument } from './input.js';

interface Arguments {
  readonly operation?: 'http' | 'tcp' | 'dns';
  readonly target: string;
  readonly port?: number;
  readonly expected_status?: number;
  readonly timeout_ms?: number;
}

interface Check extends HttpReach {
  readonly given: Arguments;
  readonly signal: AbortSignal;
  readonly note: NoteDecision;
}

type Found = { readonly available: boolean; readonly [field: string]: HostValue };

const CHECKS = { http: checkHttp, tcp: checkTcp, dns: checkDns };

export async function checkService(
  reach: HttpReach,
  args: ToolArguments,
  { signal, machine }: ToolContext,
): Promise<HostValue> {
  const given = toPlain(args) as unknown as Arguments;
  const { operation = 'http', target, timeout_ms: timeoutMs = reach.limits.timeoutMs } = given;
  const started = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  const check = { ...reach, given, signal: either, note: machine.note };
  let found: Found;
  try {
    found = await CHECKS[operation](check);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    found = { available: false, error: reasonOf(error, timeout.aborted, timeoutMs) };
  }
  const responseMs = Math.round(performance.now() - started);
  return { target, type: operation, ...found, response_time_ms: responseMs };
}

/** What was refused is an error of the call; all else says that the service is not there. */
function reasonOf(error: unknown, isLate: boolean, timeoutMs: number): string {
  if (isLate) return `no answer within ${timeoutMs} ms`;
  const isOurs = error instanceof SpellError && !['TOOL_FAILED', 'TOO_LARGE'].includes(error.code);
  if (isOurs || !(error instanceof Error)) throw error;
  return error.message;
}

async function checkHttp({ network, tool, limits, given, signal, note }: Check): Promise<Found> {
  const url = urlArgument('/target', given.target);
  const client = await network.client(tool, limits);
  const headers = new Map<string, string>();
  const { status } = await client.send({ url, method: 'GET', headers, signal, note });
  const wanted = given.expected_status;
  const available = wanted === undefined ? status < 400 : status === wanted;
  return available ? { available, status } : { available, status, error: `it answered ${status}` };
}

async function checkTcp({ network, tool, limits, given, signal, note }: Check): Promise<Found> {
  const host = hostArgument(given);
  const client = await network.client(tool, limits);
  const addresses = await client.addresses(host, note);
  const failures: Error[] = [];
  for (const address of addresses) {
    try {
      await knock(address, host.port, signal);
      return { available: true, address };
    } catch (error) {
      failures.push(error as Error);
    }
  }
  throw failures[0];
}

async function checkDns({ network, tool, limits, given, note }: Check): Promise<Found> {
  // Any port serves: nothing is sent to it.
  const host = hostArgument({ ...given, port: 443 });
  const client = await network.client(tool, limits);
  return { available: true, addresses: [...(await client.addresses(host, note))] };
}

/** @throws SpellError `TOOL_ARGUMENTS` */
function hostArgument({ target, port }: Arguments): Host {
  const text = /^[^[\]]*:[^[\]]*:/.test(target) ? `[${target}]` : target;
  if (/[/?#@\\\s]/.test(text) || !URL.canParse(`http://${text}`)) {
    throw badArgument('/target', 'is no host', 'Write a name or an address, as in db.intern:5432.');
  }
  // The protocol http makes of every way to write an address the usual one, and has a port of its own.
  const url = new URL(`http://${text}`);
  const named = /:(\d+)$/.exec(text.replace(/^\[.*\]/, ''))?.[1];
  const number = named === undefined ? port : Number(named);
  if (number === undefined) throw badArgument('/port', 'is needed, or a target such as host:5432');
  return { name: bareHost(url), port: number };
}

/** A connection that is closed as soon as it is there. */
function knock(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const stop = () => socket.destroy(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
    socket.once('close', () => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}
