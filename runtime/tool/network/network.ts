/**
 * Network is what tools reach hosts through: what `network_hosts` opens, with the limits of `[tools.<name>]`. The
 * client itself is loaded when the first request is made.
 */
import type { Clock } from '../../base/clock.js';
import type { HttpClient } from './http-client.js';
import { limitsOf, type NetworkLimits } from './limits.js';

export interface NetworkSetup {
  /** `network_hosts` of `[runtime.security]`. */
  readonly hosts: readonly string[];
  /** The tables `[tools.<name>]`. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly clock: Clock;
  /** The addresses behind a name; those that the system knows when absent. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

export class Network {
  readonly #clients = new Map<string, Promise<HttpClient>>();

  constructor(private readonly setup: NetworkSetup) {}

  /** The limits of a tool, over its own defaults. @throws SpellError `CONFIG` */
  limits(tool: string, defaults: Partial<NetworkLimits> = {}): NetworkLimits {
    return limitsOf(tool, this.setup.settings[tool] ?? {}, defaults);
  }

  /** The client of a tool: one for all of its calls, so that its requests are counted together. */
  client(tool: string, limits: NetworkLimits): Promise<HttpClient> {
    let client = this.#clients.get(tool);
    if (client === undefined) {
      client = this.#open(tool, limits);
      this.#clients.set(tool, client);
    }
    return client;
  }

  async #open(tool: string, limits: NetworkLimits): Promise<HttpClient> {
    const { HttpClient } = await import('./http-client.js');
    const { Gateway } = await import('./gateway.js');
    const { NetworkPolicy } = await import('../network-policy.js');
    const { hosts, clock, resolve } = this.setup;
    const gateway = new Gateway(new NetworkPolicy(hosts), { tool, limits, clock, resolve });
    return new HttpClient(gateway, limits);
  }
}
