/**
 * Conversations side by side in one process, at a server that answers at once: branches of one run, and a run for each,
 * beside the same on LangGraph and the bare client. Then how fast the tokens of one answer reach Lua.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OpenAI } from 'openai';
import { Runtime } from '../../bindings/node/index.js';
import { type AnsweringServer, startAnsweringServer } from './answering-server.js';
import { formatTime, measure, printTable } from './measure.js';
import type { TalkResult } from './talk.js';

const CONVERSATIONS = 1_000;
const TURNS = 5;
/** Words of an answer of a conversation, and of one that is streamed. */
const WORDS = 50;
const TOKENS = 20_000;

const PEERS = new URL('../../../scripts/bench/peers/node_modules', import.meta.url);

export async function benchConversations(): Promise<void> {
  await withServer(WORDS, benchTalks);
  await withServer(TOKENS, benchStream);
}

async function withServer(
  words: number,
  work: (server: AnsweringServer) => Promise<void>,
): Promise<void> {
  const server = await startAnsweringServer(words);
  try {
    await work(server);
  } finally {
    server.stop();
  }
}

// Many conversations.

/** Contenders, and how many conversations each has: a run for each takes a VM for each. */
const TALKS = {
  'bare client': CONVERSATIONS,
  'branches, in memory': CONVERSATIONS,
  'langgraph, in memory': CONVERSATIONS,
  'branches, kept': CONVERSATIONS,
  'langgraph, kept': CONVERSATIONS,
  'runs, in memory': CONVERSATIONS / 10,
  'runs, kept': CONVERSATIONS / 10,
};

async function benchTalks({ url }: AnsweringServer): Promise<void> {
  const hasPeers = existsSync(PEERS);
  if (!hasPeers) {
    const folder = fileURLToPath(new URL('.', PEERS));
    console.log(`\nLangGraph is not installed, and left out: npm ci --prefix ${folder}`);
  }
  const rows = [['', 'conversations', 'wall time', 'per turn', 'CPU per turn', 'memory each']];
  for (const [name, count] of Object.entries(TALKS)) {
    if (name.startsWith('langgraph') && !hasPeers) continue;
    const { ms, cpuMs, peakBytes } = await talk(name, count, url);
    rows.push([
      name,
      String(count),
      formatTime(ms),
      formatTime(ms / count / TURNS),
      formatTime(cpuMs / count / TURNS),
      `${(peakBytes / count / 1024).toFixed(0)} KB`,
    ]);
  }
  printTable(
    `Conversations of ${TURNS} turns at once, each contender in a process of its own`,
    rows,
  );
}

async function talk(name: string, count: number, url: string): Promise<TalkResult> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  try {
    const program = fileURLToPath(new URL('talk.js', import.meta.url));
    const given = [program, name, String(count), String(TURNS), url, folder];
    const child = spawn(process.execPath, ['--expose-gc', ...given], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (bytes) => {
      printed += bytes;
    });
    const status = await new Promise((resolve) => child.once('close', resolve));
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    return JSON.parse(printed) as TalkResult;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// One stream.

async function benchStream({ url }: AnsweringServer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 });
  const settings = {
    'providers.near.provider_type': 'openai',
    'providers.near.base_url': url,
    'providers.near.default_model': 'bench',
  };
  const memory = await Runtime.open({ settings });
  const kept = await Runtime.open({ settings, dataDir: folder });
  const request = {
    model: 'bench',
    messages: [{ role: 'user' as const, content: 'Say something.' }],
    stream: true as const,
  };
  let calls = 0;
  const toLua = (runtime: Runtime) => async () => {
    const { value } = await runtime.eval(`
      local calls, bytes = 0, 0
      LLM.generate{ prompt = "Say something.", on_token = function(token)
        calls, bytes = calls + 1, bytes + #token
      end }
      return { calls = calls, bytes = bytes }`);
    const told = value as { calls: number; bytes: number };
    if (told.bytes !== 'word '.length * TOKENS) throw new Error(`${told.bytes} bytes came`);
    calls = told.calls;
  };
  const times = await measure(
    [
      {
        name: 'bare',
        run: async () => {
          for await (const _ of await client.chat.completions.create(request));
        },
      },
      { name: 'memory', run: toLua(memory) },
      { name: 'kept', run: toLua(kept) },
    ],
    { warmUps: 2, rounds: 5 },
  );
  const names = ['bare client', 'on_token, memory', 'on_token, kept'];
  printTable(`One answer of ${TOKENS} tokens, streamed; ${calls} calls of on_token`, [
    ['', 'time', 'tokens per second'],
    ...times.map((ms, i) => [
      names[i] ?? '',
      formatTime(ms),
      Math.round((TOKENS / ms) * 1000).toLocaleString('en'),
    ]),
  ]);
  for (const runtime of [memory, kept]) await runtime.close();
  rmSync(folder, { recursive: true, force: true });
}
