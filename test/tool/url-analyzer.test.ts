import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

const analyze = (input: string, more: object = {}) => resultOf('url-analyzer', { input, ...more });

describe('url-analyzer', () => {
  it('takes a URL apart', async () => {
    expect(
      await analyze('HTTPS://ada:pw@Www.Example.COM:8443/a%20b/../c.tar.GZ?x=1&y=%C3%A9&x=2#top'),
    ).toEqual({
      url: 'https://ada:***@www.example.com:8443/c.tar.GZ?x=1&y=%C3%A9&x=2#top',
      scheme: 'https',
      username: 'ada',
      has_password: true,
      host: 'www.example.com:8443',
      hostname: 'www.example.com',
      port: 8443,
      origin: 'https://www.example.com:8443',
      path: '/c.tar.GZ',
      segments: ['c.tar.GZ'],
      extension: 'gz',
      query: { x: ['1', '2'], y: 'é' },
      params: [
        { name: 'x', value: '1' },
        { name: 'y', value: 'é' },
        { name: 'x', value: '2' },
      ],
      fragment: 'top',
      is_ip: false,
      top_level_domain: 'com',
    });
  });

  it('says what is not there', async () => {
    expect(await analyze('http://[::1]/')).toMatchObject({
      username: null,
      has_password: false,
      hostname: '[::1]',
      port: 80,
      segments: [],
      extension: null,
      query: {},
      fragment: null,
      is_ip: true,
      top_level_domain: null,
    });
    expect(await analyze('mailto:ada@example.com')).toMatchObject({
      scheme: 'mailto',
      host: '',
      port: null,
      origin: null,
    });
    expect(await analyze('http://example.com/%ff')).toMatchObject({ segments: ['%ff'] });
    expect(await analyze('http://grüße.example/')).toMatchObject({
      hostname: 'xn--gre-6ka8l.example',
    });
  });

  it('follows a relative URL from a base', async () => {
    const base = 'https://example.com/docs/a.html';
    expect(await analyze('../img/x.png?v=2', { base })).toMatchObject({
      url: 'https://example.com/img/x.png?v=2',
      extension: 'png',
    });
    expect(await resultOf('url-analyzer', { url: base })).toMatchObject({ path: '/docs/a.html' });
  });

  it.each([
    [{ input: '/docs' }, 'TOOL_FAILED', /^the input is no URL: it has no scheme/],
    [{ input: 'https://' }, 'TOOL_FAILED', /^the input is no URL: its parts fit no URL/],
    [{ input: 'http://a b/' }, 'TOOL_FAILED', /no URL/],
    [{ input: 'x', base: '/y' }, 'TOOL_ARGUMENTS', /^\/base must be a whole URL/],
  ])('reports what is wrong with %j', async (args, code, message) => {
    expect(await errorOf('url-analyzer', args)).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each<[object, string]>([
    [{}, '/input'],
    [{ input: 5 }, '/input'],
    [{ input: 'x'.repeat(100_001) }, '/input'],
    [{ input: 'a:b', fetch: true }, '/fetch'],
  ])('refuses %.50j', async (args, key) => {
    const refused = callBuiltin('url-analyzer', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
