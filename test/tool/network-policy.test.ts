import { describe, expect, it } from 'vitest';
import { SpellError } from '../../runtime/base/errors.js';
import { kindOf, parseAddress } from '../../runtime/base/ip-address.js';
import { NetworkPolicy } from '../../runtime/tool/policy.js';
import { openRuntime } from '../node/open-runtime.js';

const PUBLIC = ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'];

async function judge(
  hosts: readonly string[],
  name: string,
  { port = 443, addresses = PUBLIC }: { port?: number; addresses?: readonly string[] } = {},
): Promise<{ open?: readonly string[]; error?: SpellError; asked: string[] }> {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return addresses;
  };
  try {
    return { open: await new NetworkPolicy(hosts).openAddresses({ name, port }, resolve), asked };
  } catch (error) {
    if (!(error instanceof SpellError)) throw error;
    return { error, asked };
  }
}

describe('addresses', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['0.0.0.0', 'reserved'],
    ['0.1.2.3', 'reserved'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'private'],
    ['100.128.0.1', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['172.15.255.255', 'public'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'private'],
    ['203.0.113.9', 'reserved'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['::', 'reserved'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:8.8.8.8', 'public'],
    ['::127.0.0.1', 'reserved'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['64:ff9b:1::1', 'reserved'],
    ['2002:7f00:1::', 'loopback'],
    ['2002:808:808::1', 'public'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    ['fec0::1', 'reserved'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fd00:ec2::254', 'metadata'],
    ['ff02::1', 'multicast'],
    ['2606:4700:4700::1111', 'public'],
    ['4000::1', 'reserved'],
  ])('%s is %s', (text, kind) => {
    const address = parseAddress(text);
    expect(address === undefined ? undefined : kindOf(address)).toBe(kind);
  });

  it.each(['', 'x', '1.2.3', '1.2.3.4.5', '256.1.1.1', '::1::', '1:2:3', 'g::1'])(
    '"%s" is none',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe('the policy', () => {
  it('opens nothing by default, and asks nobody for the address of what is closed', async () => {
    const { error, asked } = await judge([], 'example.com');
    expect(asked).toEqual([]);
    expect(error).toMatchObject({
      code: 'POLICY_DENIED',
      message: 'the host example.com:443 must not be called: network_hosts does not name it',
      key: 'runtime.security.network_hosts',
      hint: 'To open it write network_hosts = ["example.com"] under [runtime.security] in llmspell.toml.',
      details: { rule: 'network_hosts', host: 'example.com', port: 443 },
    });
  });

  it.each([
    ['example.com', 'example.com', 443, true],
    ['EXAMPLE.com.', 'example.com', 443, true],
    ['bücher.example', 'xn--bcher-kva.example', 443, true],
    ['example.com', 'www.example.com', 443, false],
    ['example.com', 'example.com.evil.org', 443, false],
    ['example.com', 'notexample.com', 443, false],
    ['*.example.com', 'www.example.com', 443, true],
    ['*.example.com', 'a.b.example.com', 443, true],
    ['*.example.com', 'example.com', 443, false],
    ['*.example.com', 'badexample.com', 443, false],
    ['example.com:8443', 'example.com', 8443, true],
    ['example.com:8443', 'example.com', 443, false],
    ['*', 'anything.org', 1234, true],
    ['*:443', 'anything.org', 443, true],
    ['*:443', 'anything.org', 80, false],
    ['*', '8.8.8.8', 80, true],
    ['*', '127.0.0.1', 80, false],
    ['*', '::1', 80, false],
    ['*', '169.254.169.254', 80, false],
    ['example.com', '8.8.8.8', 80, false],
    ['8.8.8.8', '8.8.8.8', 80, true],
    ['0x7f000001', '127.0.0.1', 80, true],
    ['127.0.0.1:8080', '127.0.0.1', 8080, true],
    ['127.0.0.1:8080', '127.0.0.1', 8081, false],
    ['127.0.0.1', '::ffff:127.0.0.1', 80, true],
    ['10.0.0.0/8', '10.200.3.4', 80, true],
    ['10.0.0.0/8', '11.0.0.1', 80, false],
    ['10.0.0.0/8:8080', '10.0.0.1', 8080, true],
    ['10.0.0.0/8:8080', '10.0.0.1', 80, false],
    ['0.0.0.0/0', '127.0.0.1', 80, true],
    ['::1', '::1', 80, true],
    ['[::1]:3000', '::1', 3000, true],
    ['[::1]:3000', '::1', 3001, false],
    ['fd00::/8', 'fd12::1', 80, true],
    ['fd00::/8', 'fe80::1', 80, false],
    ['::ffff:10.0.0.0/104', '10.1.1.1', 80, true],
  ])('%s: %s on port %i is open: %s', async (entry, name, port, isOpen) => {
    const { open, error } = await judge([entry], name, { port });
    expect(error?.code).toBe(isOpen ? undefined : 'POLICY_DENIED');
    expect(open !== undefined).toBe(isOpen);
  });

  it('closes private addresses behind an open name, and says which line opens them', async () => {
    const { error } = await judge(['intern.example'], 'intern.example', {
      port: 8080,
      addresses: ['10.0.0.5'],
    });
    expect(error).toMatchObject({
      code: 'POLICY_DENIED',
      details: { rule: 'network_hosts', host: 'intern.example', port: 8080, address: '10.0.0.5' },
      hint: expect.stringContaining('network_hosts = ["intern.example","10.0.0.5:8080"]'),
    });
    expect(error?.message).toBe(
      'intern.example leads to 10.0.0.5, which is a private address, ' +
        'closed unless network_hosts names it',
    );
    const both = await judge(['intern.example', '10.0.0.0/8'], 'intern.example', {
      addresses: ['10.0.0.5'],
    });
    expect(both.open).toEqual(['10.0.0.5']);
  });

  it('connects to the open ones of several addresses only', async () => {
    const { open } = await judge(['*'], 'mixed.example', {
      addresses: ['127.0.0.1', '8.8.8.8', '::1', 'fe80::1'],
    });
    expect(open).toEqual(['8.8.8.8']);
  });

  it('takes localhost for the addresses of this machine, and for no other', async () => {
    const own = { port: 80, addresses: ['::1', '127.0.0.1', '10.0.0.1'] };
    expect((await judge(['localhost'], 'localhost', own)).open).toEqual(['::1', '127.0.0.1']);
    expect((await judge(['localhost:80'], 'localhost', own)).open).toEqual(['::1', '127.0.0.1']);
    expect((await judge(['*'], 'localhost', own)).error?.code).toBe('POLICY_DENIED');
    expect((await judge(['localhost'], '127.0.0.1')).error?.code).toBe('POLICY_DENIED');
  });

  it('names IPv6 in the line that opens it', async () => {
    const { error } = await judge([], '::1', { port: 3000 });
    expect(error?.hint).toContain('network_hosts = ["[::1]:3000"]');
    expect(error?.message).toContain('is an address of this machine');
  });

  it.each([
    'https://example.com',
    'example.com/path',
    'user@example.com',
    'api-*.example.com',
    'exa mple.com',
    'example.com:0',
    'example.com:70000',
    'example.com:http',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '[::1',
    '[example.com]',
    '*.10.0.0.1',
    '',
  ])('refuses the entry "%s"', async (entry) => {
    expect(() => new NetworkPolicy([entry])).toThrow(/which is no host/);
    const settings = { 'runtime.security.network_hosts': [entry] };
    await expect(openRuntime({ settings })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('network_hosts'),
    });
  });
});
