import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { startWebServer, type WebReply } from '../fixtures/web-server.js';
import { openRuntime } from '../node/open-runtime.js';
import { errorOf, replayedAlone, resultOf } from './network-call.js';

const set = (...urls: string[]) =>
  `<?xml version="1.0"?><urlset xmlns="x">${urls.map((url) => `<url><loc>${url}</loc></url>`).join('')}</urlset>`;
const index = (...urls: string[]) =>
  `<sitemapindex>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`;

/** A site of these files. */
async function site(files: (url: string) => Readonly<Record<string, WebReply>>) {
  const server = await startWebServer(({ path }) => files(server.url)[path] ?? { status: 404 });
  const settings = { 'runtime.security.network_hosts': [server.host] };
  const runtime = await openRuntime({ settings });
  const call = (args: object = {}) =>
    runtime.tools.execute('sitemap-crawler', { url: server.url, ...args });
  return { server, settings, call };
}

describe('sitemap-crawler', () => {
  it('reads the pages of a sitemap with what is said of them', async () => {
    const xml = `<urlset xmlns:i="i"><url>
      <loc> https://a.test/x?a=1&amp;b=&#x41; </loc><lastmod>2026-01-02</lastmod>
      <changefreq>daily</changefreq><priority>0.8</priority><i:image><i:loc>https://a.test/i.png</i:loc></i:image>
      </url><url><loc><![CDATA[https://a.test/?x&y]]></loc></url><url><loc>no url</loc></url><url></url></urlset>`;
    const { server, call } = await site(() => ({ '/map.xml': { body: xml } }));
    expect(resultOf(await call({ url: `${server.url}/map.xml` }))).toEqual({
      pages: [
        {
          url: 'https://a.test/x?a=1&b=A',
          lastmod: '2026-01-02',
          changefreq: 'daily',
          priority: '0.8',
        },
        { url: 'https://a.test/?x&y' },
      ],
      sitemaps: [`${server.url}/map.xml`],
      errors: [],
      truncated: false,
    });
  });

  it('finds the sitemaps of a site, follows indexes once, and unpacks', async () => {
    const { server, call } = await site((url) => ({
      '/robots.txt': { body: `User-agent: *\nSitemap: ${url}/index.xml\nsitemap: /more.txt\n` },
      '/index.xml': { body: index(`${url}/index.xml`, `${url}/a.xml.gz`, `${url}/none.xml`) },
      '/a.xml.gz': { body: gzipSync(set('https://a.test/1', 'https://a.test/2')) },
      '/more.txt': { body: 'https://a.test/2\nhttps://a.test/3\n' },
    }));
    const result = resultOf(await call());
    const urls = (result.pages as { url: string }[]).map(({ url }) => url);
    expect(urls.toSorted()).toEqual(['https://a.test/1', 'https://a.test/2', 'https://a.test/3']);
    expect(result).toMatchObject({
      truncated: false,
      errors: [{ sitemap: `${server.url}/none.xml`, code: 'TOOL_FAILED' }],
    });
    expect(server.requests.filter(({ path }) => path === '/index.xml')).toHaveLength(1);
  });

  it('tries /sitemap.xml where robots.txt names none', async () => {
    const { call } = await site(() => ({ '/sitemap.xml': { body: set('https://a.test/1') } }));
    expect(resultOf(await call()).pages).toEqual([{ url: 'https://a.test/1' }]);
  });

  it('ends at its limits', async () => {
    const { server, call } = await site((url) => ({
      '/robots.txt': { body: `Sitemap: ${url}/0.xml` },
      ...Object.fromEntries(
        Array.from({ length: 30 }, (_, n) => [`/${n}.xml`, { body: index(`${url}/${n + 1}.xml`) }]),
      ),
      '/many.xml': { body: set(...Array.from({ length: 50 }, (_, n) => `https://a.test/${n}`)) },
    }));
    const endless = resultOf(await call({ max_sitemaps: 3 }));
    expect(endless).toMatchObject({ truncated: true, pages: [] });
    expect(endless.sitemaps).toHaveLength(3);
    const many = resultOf(await call({ url: `${server.url}/many.xml`, max_urls: 7 }));
    expect(many).toMatchObject({ truncated: true });
    expect(many.pages).toHaveLength(7);
    const bomb = await site(() => ({
      '/b.xml.gz': { body: gzipSync(Buffer.alloc(60 * 1024 * 1024)) },
    }));
    expect(errorOf(await bomb.call({ url: `${bomb.server.url}/b.xml.gz` })).code).toBe('TOO_LARGE');
  });

  it('says what is no sitemap, and what is not there', async () => {
    const { server, call } = await site(() => ({
      '/page.xml': { body: '<html></html>' },
      '/broken.gz': { body: gzipSync('x'.repeat(1000)).subarray(0, 20) },
    }));
    for (const path of ['/page.xml', '/broken.gz', '/none.xml']) {
      expect(errorOf(await call({ url: server.url + path })).code, path).toBe('TOOL_FAILED');
    }
    expect(errorOf(await call()).details).toMatchObject({ status: 404 });
  });

  it.each(['<url>', '<url><loc>', '<loc>', '<urlset ', '<![CDATA['])(
    'is not kept busy by a file of "%s"',
    async (piece) => {
      const body = `<urlset>${piece.repeat(100_000)}`;
      const { server, call } = await site(() => ({ '/x.xml': { body } }));
      expect(resultOf(await call({ url: `${server.url}/x.xml` })).pages).toEqual([]);
    },
  );

  it('is closed where the host is, at every sitemap, and is answered from the record', async () => {
    const inside = await startWebServer(() => ({ body: set('https://a.test/1') }));
    const { server, settings, call } = await site((url) => ({
      '/i.xml': { body: index(`${inside.url}/in.xml`, `${url}/own.xml`) },
      '/own.xml': { body: set('https://a.test/2') },
    }));
    const result = resultOf(await call({ url: `${server.url}/i.xml` }));
    expect(result).toMatchObject({
      pages: [{ url: 'https://a.test/2' }],
      errors: [{ sitemap: `${inside.url}/in.xml`, code: 'POLICY_DENIED' }],
    });
    expect(inside.requests).toEqual([]);
    const count = server.requests.length;
    const code = `return #Tool["sitemap-crawler"]{ url = "${server.url}/own.xml" }.result.pages`;
    expect(await replayedAlone(code, settings)).toEqual([1, 1]);
    expect(server.requests).toHaveLength(count + 1);
  });

  it.each<[object, string]>([
    [{ max_urls: 0 }, '/max_urls'],
    [{ max_sitemaps: 501 }, '/max_sitemaps'],
    [{ url: 5 }, '/url'],
  ])('refuses %j', async (args, key) => {
    const { call } = await site(() => ({}));
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
