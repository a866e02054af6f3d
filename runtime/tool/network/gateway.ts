import { lookup } from 'node:dns/promises';
import type { Clock } from '../../base/clock.js';
import { SpellError } from '../../base/errors.js';
import { bareHost } from '../../base/host-rule.js';
import type { NoteDecision } from '../decision.js';
import type { Host, NetworkPolicy } from '../network-policy.js';
import { unreachable } from './failure.js';
import type { NetworkLimits } from './limits.js';

export interface GatewayOptions {
  readonly tool: string;
  readonly limits: NetworkLimits;
  readonly clock: Clock;
  readonly resolve?: ((name: string) => Promise<readonly string[]>) | undefined;
}

const MINUTE_MS = 60_000;

/** Gateway judges every connection of a tool before it is made, and counts them. */
export class Gateway {
  /** When the requests of the last minute were sent. */
  #sent: number[] = [];

  constructor(
    private readonly policy: NetworkPolicy,
    private readonly options: GatewayOptions,
  ) {}

  /**
   * The addresses that a connection to this host may go to, and none but those: a name is resolved once.
   *
   * @throws SpellError `POLICY_DENIED`, `TOOL_FAILED` for a name that leads nowhere.
   */
  async addresses(host: Host, note?: NoteDecision): Promise<readonly string[]> {
    const { resolve = systemAddresses } = this.options;
    const addresses = await this.policy.openAddresses(host, resolve, note);
    this.#count();
    return addresses;
  }

  /** @throws SpellError `POLICY_DENIED` */
  #count(): void {
    const { tool, clock, limits } = this.options;
    const { requestsPerMinute: limit } = limits;
    if (limit === undefined) return;
    const now = clock.monotonic();
    this.#sent = this.#sent.filter((time) => now - time < MINUTE_MS);
    if (this.#sent.length >= limit) {
      const waitMs = Math.ceil(MINUTE_MS - (now - (this.#sent[0] as number)));
      const most = `${limit} ${limit === 1 ? 'request' : 'requests'}`;
      throw new SpellError('POLICY_DENIED', `the tool "${tool}" has sent ${most} in a minute`, {
        key: `tools.${tool}.requests_per_minute`,
        hint: `Wait, or raise requests_per_minute under [tools.${tool}] in llmspell.toml.`,
        details: { rule: 'requests_per_minute', tool, limit, wait_ms: waitMs },
      });
    }
    this.#sent.push(now);
  }
}

/** All addresses behind a name, as every other program on this machine finds them. */
async function systemAddresses(name: string): Promise<readonly string[]> {
  try {
    const found = await lookup(name, { all: true, verbatim: true });
    return found.map(({ address }) => address);
  } catch (cause) {
    throw unreachable(`the host ${name} was not found`, cause, { host: name });
  }
}

/** The host that a URL leads to. */
export function hostOf(url: URL): Host {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { name: bareHost(url), port };
}
