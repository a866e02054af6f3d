// Asks a model from a program: a stream, a call of a tool with its result, what an answer took. The answers come from a
// file, so that no key is needed; with `discover: true` in place of the settings it asks the models of your llmspell.toml.
//
//   npm run build && node examples/node/ask.mjs
import { fileURLToPath } from 'node:url';
import { Runtime } from 'llmspell';

const script = fileURLToPath(new URL('../data/answers.toml', import.meta.url));
const runtime = await Runtime.open({
  settings: { 'providers.demo.provider_type': 'scripted', 'providers.demo.script': script },
});
const { llm } = runtime;

const says = (role, text) => ({ role, parts: [{ type: 'text', text }] });
const weather = {
  name: 'weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

try {
  await llm.generate(
    { messages: [says('user', 'Hello there')] },
    { onDelta: ({ text }) => process.stdout.write(text) },
  );
  console.log();

  const messages = [says('user', 'Is it cold in Bern?')];
  for (let turn = 1; turn <= 5; turn += 1) {
    const { message } = await llm.generate({ messages, tools: [weather] });
    messages.push(message);
    const calls = message.parts.filter(({ type }) => type === 'tool_call');
    if (calls.length === 0) break;
    const results = calls.map(({ id, name, arguments: { city } }) => ({
      type: 'tool_result',
      id,
      name,
      content: [{ type: 'text', text: `2 degrees in ${city}.` }],
      isError: false,
    }));
    messages.push({ role: 'tool', parts: results });
  }
  console.log(messages.at(-1).parts[0].text);

  const { usage, failures } = await llm.generate({ messages: [says('user', 'A flaky one')] });
  console.log(
    `${usage.inputTokens} tokens in, after ${failures.length} failure: ${failures[0].code}`,
  );
} finally {
  await runtime.close();
}
