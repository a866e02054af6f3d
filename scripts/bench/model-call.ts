/** Calls of a model through the runtime beside the bare client, at a server that answers at once. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OpenAI } from 'openai';
import { Runtime } from '../../bindings/node/index.js';
import { formatGoal, formatTime, measure, printTable } from './measure.js';

const MODEL = 'bench';
const WORDS = 200;
const GOAL_MS = 1;
const PROMPT = 'Say something.';

export async function benchModelCalls(): Promise<void> {
  const server = await startServer();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 });
  await using runtime = await Runtime.open({
    settings: { 'providers.near.provider_type': 'openai', 'providers.near.base_url': url },
  });
  const messages = [{ role: 'user', parts: [{ type: 'text', text: PROMPT }] }] as const;
  const request = { model: MODEL, messages: [{ role: 'user' as const, content: PROMPT }] };
  const pairs = [
    [
      'an answer at once',
      () => client.chat.completions.create(request),
      () => runtime.llm.generate({ model: MODEL, messages }),
    ],
    [
      `a stream of ${WORDS} pieces`,
      async () => {
        for await (const _ of await client.chat.completions.create({ ...request, stream: true }));
      },
      () => runtime.llm.generate({ model: MODEL, messages }, { onDelta: () => {} }),
    ],
  ] as const;
  const rows = [['', 'bare client', 'llmspell', 'overhead', `goal < ${GOAL_MS} ms`]];
  for (const [name, bare, own] of pairs) {
    const [bareMs = 0, ownMs = 0] = await measure(
      [
        { name: 'bare', run: bare },
        { name: 'own', run: own },
      ],
      { warmUps: 50, rounds: 400 },
    );
    const overhead = ownMs - bareMs;
    rows.push([
      name,
      formatTime(bareMs),
      formatTime(ownMs),
      formatTime(Math.max(0, overhead)),
      formatGoal(overhead < GOAL_MS),
    ]);
  }
  printTable('One call of a model over HTTP, median', rows);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function startServer(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => (body.includes('"stream":true') ? stream(response) : whole(response)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const HEAD = { id: 'chatcmpl-1', created: 1, model: MODEL };
const USAGE = { prompt_tokens: 9, completion_tokens: WORDS, total_tokens: 9 + WORDS };

function whole(response: ServerResponse): void {
  const message = { role: 'assistant', content: 'word '.repeat(WORDS), refusal: null };
  const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...HEAD, object: 'chat.completion', choices, usage: USAGE }));
}

function stream(response: ServerResponse): void {
  const chunk = (delta: object, finish: string | null) => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    const data = { ...HEAD, object: 'chat.completion.chunk', choices };
    return `data: ${JSON.stringify(data)}\n\n`;
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let word = 0; word < WORDS; word += 1) response.write(chunk({ content: 'word ' }, null));
  response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
}
