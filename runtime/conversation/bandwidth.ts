/** BandwidthMeter measures how fast the network is, by a download from the address that the configuration names. */
import type { Config } from '../../config/config.js';
import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';
import type { NoteDecision } from '../tool/decision.js';
import { limitsOf } from '../tool/network/limits.js';
import { Network } from '../tool/network/network.js';

/** Bandwidth is a reading, or why there is none. */
export type Bandwidth =
  /** Millions of bits in a second. */
  { readonly mbps: number } | { readonly problem: string };

/** Who asks, for messages. */
const READER = 'connectivity';
/** How long a reading holds: each costs a download. */
const HOLDS_MS = 60_000;
/** The most time until the answer begins, and from there on. */
const PART_MS = 2000;
const MOST_BYTES = 2 * 1024 * 1024;
/** An answer that ends with less says nothing about the network. */
const LEAST_BYTES = 16 * 1024;

export class BandwidthMeter {
  readonly #network: Network;
  readonly #address: string | undefined;
  #last: { readonly reading: Bandwidth; readonly at: number } | undefined;
  #running: Promise<unknown> | undefined;

  constructor(
    { security, llm, tools }: Config,
    private readonly clock: Clock,
  ) {
    this.#address = llm.probeUrl;
    this.#network = new Network({ hosts: security.networkHosts, settings: tools.named, clock });
  }

  /**
   * The reading of the last minute, or a new one.
   *
   * @param note Told whether the address may be called.
   * @throws SpellError `POLICY_DENIED` for an address that `network_hosts` does not open.
   */
  async read(signal: AbortSignal, note: NoteDecision): Promise<Bandwidth> {
    if (this.#address === undefined) return { problem: 'probe_url is not set in [runtime.llm]' };
    // Two downloads at once would each see a part of the network.
    while (this.#running !== undefined) await this.#running;
    const last = this.#last;
    if (last !== undefined && this.clock.monotonic() - last.at < HOLDS_MS) return last.reading;
    const measured = this.#measure(new URL(this.#address), signal, note);
    this.#running = measured
      .then((reading) => {
        this.#last = { reading, at: this.clock.monotonic() };
      })
      .catch(() => {})
      .finally(() => {
        this.#running = undefined;
      });
    return measured;
  }

  async #measure(url: URL, signal: AbortSignal, note: NoteDecision): Promise<Bandwidth> {
    const client = await this.#network.client(READER, limitsOf(READER, {}, {}));
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), PART_MS);
    try {
      const either = AbortSignal.any([signal, late.signal]);
      // Packed bytes would count for less than the file has.
      const headers = new Map([['accept-encoding', 'identity']]);
      const answer = await client.open({ url, method: 'GET', headers, signal: either, note });
      if (answer.statusCode !== 200) {
        answer.destroy();
        return { problem: `${url.host} answered with the status ${answer.statusCode}` };
      }
      return await this.#speedOf(url, answer, late.signal, () => timer.refresh());
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (late.signal.aborted) return { problem: `${url.host} has not answered in ${PART_MS} ms` };
      if (thrown instanceof SpellError && thrown.code === 'POLICY_DENIED') throw thrown;
      return { problem: (thrown as Error).message };
    } finally {
      clearTimeout(timer);
    }
  }

  /** What came with the first piece was on its way while nobody looked at the clock: it does not count. */
  async #speedOf(
    { host }: URL,
    answer: AsyncIterable<Buffer>,
    late: AbortSignal,
    begun: () => void,
  ): Promise<Bandwidth> {
    let start: number | undefined;
    let bytes = 0;
    try {
      for await (const piece of answer) {
        if (start === undefined) {
          start = this.clock.monotonic();
          begun();
          continue;
        }
        bytes += piece.length;
        if (bytes >= MOST_BYTES) break;
      }
    } catch (thrown) {
      // When the time is over, what came until then is the reading.
      if (start === undefined || !late.aborted) throw thrown;
    }
    if (start === undefined || (bytes < LEAST_BYTES && !late.aborted)) {
      return { problem: `${host} answered with too little to measure` };
    }
    const seconds = Math.max(this.clock.monotonic() - start, 0.01) / 1000;
    return { mbps: Math.round((bytes * 8) / seconds / 10_000) / 100 };
  }
}
