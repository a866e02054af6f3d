import { describe, expect, it } from 'vitest';
import { startWebServer, type WebReply, type WebRequest } from '../fixtures/web-server.js';
import { openRuntime } from '../node/open-runtime.js';
import { errorOf, replayedAlone, resultOf } from './network-call.js';

const PAGE = `<!DOCTYPE html><html lang="en"><head><title> A  page </title>
<meta name="description" content="About &amp; around"><base href="/docs/">
<script>var text = "<main>not this</main>";</script><style>p { color: red }</style></head>
<body><nav><a href="/home">Home</a></nav>
<main><h1>Lakes</h1><p>The <b>Bodensee</b>
is large.<br>Very.</p><ul><li>Rhine<li>Alps</ul>
<table><tr><td>Area</td><td>536</td></tr></table>
<a class="more" href="more.html" data-n="1">More</a> <a href="more.html">Again</a>
<a href="https://other.test/x?a=1&amp;b=2">Other</a> <a href="javascript:alert(1)">No</a>
<a href="mailto:a@b.c">Mail</a></main><footer>Imprint</footer></body></html>`;

const HTML = { 'content-type': 'text/html; charset=utf-8' };

async function reach(reply: (request: WebRequest, count: number) => WebReply) {
  const server = await startWebServer(reply);
  const settings = { 'runtime.security.network_hosts': [server.host] };
  const runtime = await openRuntime({ settings });
  const call = (args: object = {}) =>
    runtime.tools.execute('web-scraper', { url: `${server.url}/a`, ...args });
  return { server, settings, call };
}

describe('web-scraper', () => {
  it('reads title, text and links', async () => {
    const { server, call } = await reach(() => ({ body: PAGE, headers: HTML }));
    expect(resultOf(await call())).toEqual({
      url: `${server.url}/a`,
      status: 200,
      title: 'A page',
      description: 'About & around',
      language: 'en',
      text: 'Lakes\n\nThe Bodensee is large.\nVery.\n\n- Rhine\n- Alps\n\nArea\t536\n\nMore Again Other No Mail',
      truncated: false,
      links: [
        { url: `${server.url}/home`, text: 'Home' },
        { url: `${server.url}/docs/more.html`, text: 'More' },
        { url: 'https://other.test/x?a=1&b=2', text: 'Other' },
      ],
    });
  });

  it('finds what a selector names', async () => {
    const { call } = await reach(() => ({ body: PAGE, headers: HTML }));
    const found = resultOf(await call({ selector: 'main a[href^=more]', attributes: ['href'] }));
    expect(found.matches).toEqual([
      { tag: 'a', text: 'More', attributes: { href: 'more.html' } },
      { tag: 'a', text: 'Again', attributes: { href: 'more.html' } },
    ]);
    const all = resultOf(await call({ selector: 'a.more', max_matches: 1, max_text: 5 }));
    expect(all).toMatchObject({
      text: 'Lakes',
      truncated: true,
      links: [{ text: 'Home' }],
      matches: [{ attributes: { class: 'more', href: 'more.html', 'data-n': '1' } }],
    });
    expect(errorOf(await call({ selector: 'a[' }))).toMatchObject({
      code: 'TOOL_ARGUMENTS',
      details: { path: '/selector' },
    });
  });

  it('knows the character sets of servers and of pages, and plain text', async () => {
    const german = Buffer.from('<meta charset="iso-8859-1"><p>Grüße</p>', 'latin1');
    const replies: WebReply[] = [
      { body: german, headers: { 'content-type': 'text/html' } },
      {
        body: Buffer.from('<p>Grüße</p>', 'latin1'),
        headers: { 'content-type': 'text/html; charset=latin1' },
      },
      { body: 'a < b', headers: { 'content-type': 'text/plain' } },
    ];
    const { call } = await reach((_, count) => replies[count] as WebReply);
    expect(resultOf(await call()).text).toBe('Grüße');
    expect(resultOf(await call()).text).toBe('Grüße');
    expect(resultOf(await call())).toMatchObject({ text: 'a < b', links: [] });
  });

  it('says what is no page', async () => {
    const { call } = await reach((_, count) =>
      count === 0
        ? { status: 404 }
        : { body: '{}', headers: { 'content-type': 'application/json' } },
    );
    expect(errorOf(await call())).toMatchObject({ code: 'TOOL_FAILED', details: { status: 404 } });
    expect(errorOf(await call())).toMatchObject({
      code: 'TOOL_FAILED',
      details: { content_type: 'application/json' },
    });
  });

  it.each(['<div>'.repeat(100_000), '<li><p>'.repeat(100_000), '<b></i>'.repeat(100_000)])(
    'refuses pages without an end of depth: %.12s',
    async (body) => {
      const { call } = await reach(() => ({ body, headers: HTML }));
      expect(errorOf(await call())).toMatchObject({
        code: 'TOOL_FAILED',
        message: 'the page is nested too deeply',
      });
    },
  );

  it.each([
    '<',
    '<a ',
    '<!--',
    '<!---->',
    '</div>',
    '<p>',
    '<td>',
    '&',
    '&#',
    '<script>',
    "<a x='",
  ])('is not kept busy by a page of "%s"', async (piece) => {
    const { call } = await reach(() => ({ body: piece.repeat(100_000), headers: HTML }));
    expect(resultOf(await call({ selector: 'div div > p' })).matches).toEqual([]);
  });

  it('is closed where the host is, and is answered from the record', async () => {
    const runtime = await openRuntime();
    const reply = await runtime.tools.execute('web-scraper', { url: 'http://example.com/' });
    expect(errorOf(reply).code).toBe('POLICY_DENIED');
    const { server, settings } = await reach(() => ({ body: PAGE, headers: HTML }));
    const code = `return Tool["web-scraper"]{ url = "${server.url}" }.result.title`;
    expect(await replayedAlone(code, settings)).toEqual(['A page', 'A page']);
    expect(server.requests).toHaveLength(1);
  });

  it.each<[object, string]>([
    [{ url: 1 }, '/url'],
    [{ selector: '' }, '/selector'],
    [{ max_text: 0 }, '/max_text'],
    [{ depth: 1 }, '/depth'],
  ])('refuses %j', async (args, key) => {
    const { call } = await reach(() => ({}));
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
