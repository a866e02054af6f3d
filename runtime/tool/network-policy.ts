import { SpellError } from '../base/errors.js';
import { type HostRule, namesAddress, namesHost, parseHostRule } from '../base/host-rule.js';
import { type AddressKind, type IpAddress, kindOf, parseAddress } from '../base/ip-address.js';
import type { NoteDecision } from './decision.js';

const RULE = 'network_hosts';

/** Host is where a connection is to go. */
export interface Host {
  /** A name in lower case, or an address without brackets. */
  readonly name: string;
  readonly port: number;
}

/**
 * NetworkPolicy judges hosts and addresses by `network_hosts`: what is not listed is closed. A name is judged before it
 * is resolved, so that nothing is asked about closed ones, and the addresses behind it are judged afterwards: those of
 * one's own networks are closed until they are listed themselves, whatever name leads there. `localhost` alone stands
 * for the addresses of this machine as well.
 */
export class NetworkPolicy {
  readonly #rules: readonly HostRule[];

  /** @throws SpellError `CONFIG` for what is no entry of `network_hosts`. */
  constructor(private readonly hosts: readonly string[]) {
    this.#rules = hosts.map((text) => {
      const rule = parseHostRule(text);
      if (rule !== undefined) return rule;
      const key = 'runtime.security.network_hosts';
      throw new SpellError('CONFIG', `${key} has ${JSON.stringify(text)}, which is no host`, {
        key,
        hint: 'Write a host, *.example.org, an address or a range, each with or without a port.',
      });
    });
  }

  /**
   * The addresses of a host that may be called.
   *
   * @param resolve The addresses behind a name; asked for names that are open.
   * @param note Told what was decided.
   * @throws SpellError `POLICY_DENIED` when there are none.
   */
  async openAddresses(
    host: Host,
    resolve: (name: string) => Promise<readonly string[]>,
    note?: NoteDecision,
  ): Promise<readonly string[]> {
    const target = `${host.name}:${host.port}`;
    try {
      const open = await this.#judge(host, resolve);
      note?.({ allowed: true, rule: RULE, target, by: this.#entryFor(host) });
      return open;
    } catch (thrown) {
      if (thrown instanceof SpellError && thrown.code === 'POLICY_DENIED') {
        note?.({ allowed: false, rule: RULE, target });
      }
      throw thrown;
    }
  }

  async #judge(
    { name, port }: Host,
    resolve: (name: string) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const literal = parseAddress(name);
    if (literal !== undefined) {
      if (!this.#isOpenLiteral(literal, port)) throw this.#closedAddress(name, { name, port });
      return [name];
    }
    if (!this.#rules.some((rule) => namesHost(rule, name, port))) {
      const reason = 'network_hosts does not name it';
      throw this.#refusal(`the host ${name}:${port} must not be called: ${reason}`, { name, port });
    }
    const addresses = await resolve(name);
    const open = addresses.filter((address) => this.#isOpenBehind(name, address, port));
    if (open.length > 0) return open;
    throw this.#closedAddress(addresses[0] ?? '', { name, port });
  }

  /** The entry that opens a host. */
  #entryFor({ name, port }: Host): string | undefined {
    const address = parseAddress(name);
    const index = this.#rules.findIndex((rule) =>
      address === undefined
        ? namesHost(rule, name, port)
        : namesAddress(rule, address, port) || namesHost(rule, '', port),
    );
    return this.hosts[index];
  }

  #isOpenLiteral(address: IpAddress, port: number): boolean {
    return this.#rules.some(
      (rule) =>
        namesAddress(rule, address, port) ||
        (kindOf(address) === 'public' && rule.target.kind === 'any' && namesHost(rule, '', port)),
    );
  }

  /** Whether an address behind an open name is open. */
  #isOpenBehind(name: string, text: string, port: number): boolean {
    const address = parseAddress(text);
    if (address === undefined) return false;
    const kind = kindOf(address);
    if (kind === 'public') return true;
    if (kind === 'loopback' && this.#namesLocalhost(name, port)) return true;
    return this.#rules.some((rule) => namesAddress(rule, address, port));
  }

  #namesLocalhost(name: string, port: number): boolean {
    if (name !== 'localhost') return false;
    return this.#rules.some(
      (rule) => rule.target.kind === 'name' && namesHost(rule, 'localhost', port),
    );
  }

  #closedAddress(address: string, host: Host): SpellError {
    const parsed = parseAddress(address);
    const kind = parsed === undefined ? 'reserved' : kindOf(parsed);
    const way = address === host.name ? address : `${host.name} leads to ${address}, which`;
    const isLiteral = address === host.name;
    const what = kind === 'public' ? 'is not in network_hosts' : WHAT[kind];
    const because = isLiteral
      ? `the address ${way} must not be called: it ${what}`
      : `${way} ${what}`;
    return this.#refusal(because, { ...host, address });
  }

  #refusal(message: string, host: Host & { readonly address?: string }): SpellError {
    const name = host.address ?? host.name;
    const entry = name.includes(':') ? `[${name}]:${host.port}` : entryOf({ ...host, name });
    const line = `network_hosts = ${JSON.stringify([...this.hosts, entry])}`;
    return new SpellError('POLICY_DENIED', message, {
      key: 'runtime.security.network_hosts',
      hint: `To open it write ${line} under [runtime.security] in llmspell.toml.`,
      details: {
        rule: RULE,
        host: host.name,
        port: host.port,
        ...(host.address === undefined ? {} : { address: host.address }),
      },
    });
  }
}

const WHAT: Readonly<Record<Exclude<AddressKind, 'public'>, string>> = {
  private: 'is a private address, closed unless network_hosts names it',
  loopback: 'is an address of this machine, closed unless network_hosts names it',
  'link-local': 'is an address of the local link, closed unless network_hosts names it',
  metadata: 'is where clouds keep the keys of machines, closed unless network_hosts names it',
  multicast: 'is a multicast address, closed unless network_hosts names it',
  reserved: 'is a reserved address, closed unless network_hosts names it',
};

function entryOf({ name, port }: Host): string {
  return port === 80 || port === 443 ? name : `${name}:${port}`;
}
