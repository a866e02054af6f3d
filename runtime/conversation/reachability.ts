/** Whether servers can be reached, and how far away they are: real connections, opened and closed at once. */
import { connect } from 'node:net';
import { whenAborted } from '../base/when-aborted.js';

export interface Reachability {
  readonly url: string;
  /** Milliseconds until a connection was there, the median of those that came about; `null` when none did. */
  readonly latencyMs: number | null;
  /** Connections that did not come about, in percent. */
  readonly lossPercent: number;
}

const ATTEMPTS = 3;
const ATTEMPT_TIMEOUT_MS = 1500;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** True for servers on this machine. */
export function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** @throws TypeError when `url` is none. */
export async function probe(url: string, signal: AbortSignal): Promise<Reachability> {
  const { hostname, port, protocol } = new URL(url);
  const place = {
    // A numeric address of the sixth version stands in brackets in a URL.
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (PORTS[protocol] ?? 443) : Number(port),
  };
  const times: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted; attempt += 1) {
    const time = await connectionTime(place, signal);
    if (time !== undefined) times.push(time);
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  return {
    url,
    latencyMs: median === undefined ? null : Math.round(median * 10) / 10,
    lossPercent: Math.round((1 - times.length / ATTEMPTS) * 1000) / 10,
  };
}

/** Milliseconds; `undefined` when there was no connection. */
function connectionTime(
  place: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const start = performance.now();
    const socket = connect(place);
    const end = (time: number | undefined) => {
      forget();
      socket.destroy();
      resolve(time);
    };
    const fail = () => end(undefined);
    const forget = whenAborted(signal, fail);
    socket.setTimeout(ATTEMPT_TIMEOUT_MS, fail);
    socket.once('error', fail);
    socket.once('connect', () => end(performance.now() - start));
  });
}
