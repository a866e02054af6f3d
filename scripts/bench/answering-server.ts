/**
 * A server of OpenAI's protocol that answers at once, in a process of its own: what it does costs the others nothing.
 * Started as a program it prints its address.
 */
import { spawn } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const OWN_FILE = fileURLToPath(import.meta.url);
const MODEL = 'bench';

export interface AnsweringServer {
  /** The base of its addresses. */
  readonly url: string;
  stop(): void;
}

/** @param words How long each answer is. */
export async function startAnsweringServer(words: number): Promise<AnsweringServer> {
  const child = spawn(process.execPath, [OWN_FILE, String(words)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (bytes) => resolve(String(bytes).trim()));
    child.once('exit', () => reject(new Error('the server did not start')));
  });
  return { url, stop: () => child.kill() };
}

const HEAD = { id: 'chatcmpl-1', created: 1, model: MODEL };

function serve(words: number): void {
  const text = 'word '.repeat(words);
  const usage = { prompt_tokens: 9, completion_tokens: words, total_tokens: 9 + words };
  const message = { role: 'assistant', content: text, refusal: null };
  const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }];
  const whole = JSON.stringify({ ...HEAD, object: 'chat.completion', choices, usage });
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      if (body.includes('"stream":true')) return void stream(response, words);
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(whole),
      });
      response.end(whole);
    });
  });
  // Nobody is sent away for having waited.
  for (const limit of ['keepAliveTimeout', 'headersTimeout', 'requestTimeout'] as const) {
    server[limit] = 0;
  }
  server.listen(0, '127.0.0.1', 4096, () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  });
}

/** An event for each word, as fast as they are read. */
async function stream(response: ServerResponse, words: number): Promise<void> {
  const event = (delta: object, finish: string | null) => {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    return `data: ${JSON.stringify({ ...HEAD, object: 'chat.completion.chunk', choices })}\n\n`;
  };
  const word = event({ content: 'word ' }, null);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let i = 0; i < words; i += 1) {
    if (!response.write(word)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end(`${event({}, 'stop')}data: [DONE]\n\n`);
}

if (process.argv[1] === OWN_FILE) serve(Number(process.argv[2]));
