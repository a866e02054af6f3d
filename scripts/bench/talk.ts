/**
 * One contender of the benchmark of conversations, in a process of its own so that its memory can be told:
 * `talk.js <contender> <conversations> <turns> <server> <folder>` prints what it took as JSON.
 */
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { Runtime } from '../../bindings/node/index.js';

/** What one contender took. */
export interface TalkResult {
  readonly ms: number;
  /** Of the process, in milliseconds of all its threads. */
  readonly cpuMs: number;
  /** Memory of the process while they talked, above what it had before. */
  readonly peakBytes: number;
}

/** Has so many conversations at once. */
type Talk = (conversations: number) => Promise<void>;

const [name = '', conversations = '', turnCount = '', url = '', folder = ''] =
  process.argv.slice(2);
const turns = Number(turnCount);
const NEVER = 1_000_000_000;
const WARM_UP = 20;

const CONTENDERS: Readonly<Record<string, () => Promise<Talk>>> = {
  'bare client': async () => {
    const ask = bareAsk();
    return all(async () => {
      const messages: { role: 'user' | 'assistant'; content: string }[] = [];
      for (let turn = 1; turn <= turns; turn += 1) {
        messages.push({ role: 'user', content: `Question ${turn}` });
        messages.push({ role: 'assistant', content: await ask(messages) });
      }
    });
  },
  'branches, in memory': () => inBranches({}),
  'branches, kept': () => inBranches({ dataDir: join(folder, 'branches') }),
  'runs, in memory': () => inRuns({}),
  'runs, kept': () => inRuns({ dataDir: join(folder, 'runs') }),
  'langgraph, in memory': () => onLanggraph(undefined),
  'langgraph, kept': () => onLanggraph(join(folder, 'langgraph.db')),
};

/** One run whose script talks in as many branches. */
async function inBranches(where: { readonly dataDir?: string }): Promise<Talk> {
  const runtime = await open(where);
  return async (count) => {
    await runtime.eval(
      `local numbers = {}
      for i = 1, ${count} do numbers[i] = i end
      parallel.map(numbers, function(i)
        local session = Session.create()
        for turn = 1, ${turns} do Session.generate(session, "Question " .. turn) end
      end)`,
    );
  };
}

/** A run for each conversation. */
async function inRuns(where: { readonly dataDir?: string }): Promise<Talk> {
  const runtime = await open(where);
  return all(async () => {
    await runtime.eval(
      `local session = Session.create()
      for turn = 1, ${turns} do Session.generate(session, "Question " .. turn) end`,
    );
  });
}

function open(where: { readonly dataDir?: string }): Promise<Runtime> {
  return Runtime.open({
    ...where,
    settings: {
      'providers.near.provider_type': 'openai',
      'providers.near.base_url': url,
      'providers.near.default_model': 'bench',
      'runtime.sessions.max_sessions': NEVER,
      'runtime.llm.max_concurrent': 10_000,
    },
  });
}

async function onLanggraph(file: string | undefined): Promise<Talk> {
  const peer = new URL('../../../scripts/bench/peers/conversations.mjs', import.meta.url);
  const { langgraphConversation } = await import(peer.href);
  const talk = langgraphConversation(file, bareAsk());
  let threads = 0;
  return all(() => {
    threads += 1;
    return talk(String(threads), turns);
  });
}

function bareAsk() {
  const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 });
  return async (messages: OpenAI.ChatCompletionMessageParam[]): Promise<string> => {
    const { choices } = await client.chat.completions.create({ model: 'bench', messages });
    return choices[0]?.message.content ?? '';
  };
}

function all(one: () => Promise<void>): Talk {
  return async (count) => {
    await Promise.all(Array.from({ length: count }, one));
  };
}

const contender = CONTENDERS[name];
if (contender === undefined) throw new Error(`there is no contender ${name}`);
const talk = await contender();
await talk(WARM_UP);
globalThis.gc?.();
const before = process.memoryUsage.rss();
const cpuBefore = process.cpuUsage();
const started = performance.now();
await talk(Number(conversations));
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(cpuBefore);
const cpuMs = (user + system) / 1000;
const result: TalkResult = { ms, cpuMs, peakBytes: process.resourceUsage().maxRSS * 1024 - before };
console.log(JSON.stringify(result));
process.exit();
