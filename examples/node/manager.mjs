// The sessions of a folder, with what the program knows of models and prompts. The answers come from a file, so that no
// key is needed; with `discover: true` in place of the settings it asks the models of your llmspell.toml.
//
//   npm run build && node examples/node/manager.mjs
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageRole, ModelRegistry, SessionManager } from 'llmspell';

const script = fileURLToPath(new URL('../data/answers.toml', import.meta.url));
const sessionsDir = mkdtempSync(join(tmpdir(), 'llmspell-sessions-'));

// Prompts from where this program keeps them; scripts get them with LLM.loadPrompts("greetings").
const prompts = { greetings: [{ name: 'hello', userPrompt: 'Greet {{who}}.' }] };

const open = () =>
  new SessionManager({
    sessionsDir,
    settings: {
      'providers.demo.provider_type': 'scripted',
      'providers.demo.script': script,
      'providers.demo.default_model': 'house-model',
    },
    registry: new ModelRegistry({ 'house-model': { contextWindow: 32_000, tools: true } }),
    promptLoader: async (folder) => prompts[folder] ?? [],
    logger: console,
  });

try {
  const manager = open();
  const { id } = await manager.createSession({
    sessionId: 'user123',
    systemPrompt: 'You are a helpful assistant.',
  });
  const { sessions, llm } = await manager.runtime();
  const task = { vision: true, max_context_tokens: 32_000 };
  console.log(await sessions.validateModelForTask(id, task));

  const { hello } = await llm.loadPrompts('greetings');
  console.log(`${await sessions.generate(id, hello, { variables: { who: 'Ada' } })}`);
  await sessions.addMessage(id, { role: MessageRole.USER, content: 'And who are you?' });
  console.log(`${await sessions.generate(id, null)}`);
  await manager.close();

  // Another time, or another program: the sessions are still there.
  const later = open();
  for (const [session, createdAt, lastModified] of await later.listSessions()) {
    console.log(`${session}, changed after it was created: ${lastModified >= createdAt}`);
  }
  const runtime = await later.runtime();
  await runtime.eval('Log.info("seen from Lua", { messages = #Session.history("user123") })');
  console.log(`Deleted: ${await later.deleteSession('user123')}`);
  await later.close();
} finally {
  rmSync(sessionsDir, { recursive: true, force: true });
}
