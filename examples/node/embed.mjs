// Embeds the runtime in a program: a tool written in JavaScript, a script in Lua that calls it, the events of the run,
// and what the script kept. The program decides what scripts may do, and what is never stored.
//
//   npm run build && node examples/node/embed.mjs
import { defineTool, Runtime } from 'llmspell';

const stock = defineTool({
  name: 'stock',
  description: 'How many pieces of a product are in stock',
  parameters: {
    type: 'object',
    properties: { product: { type: 'string' } },
    required: ['product'],
  },
  effect: 'pure',
  execute: ({ product }) => ({ product, pieces: product.length * 3 }),
});

const script = `
  local session = Session.create({ name = "Stock check", tags = { "stock" } })
  local lines = {}
  for i, product in ipairs({ ... }) do
    local reply = Tool.execute("stock", { product = product })
    lines[i] = product .. ": " .. reply.result.pieces
    print(lines[i])
  end
  local ok, err = pcall(Tool.execute, "json-processor", { operation = "parse", input = "{}" })
  print(err.message)
  Artifact.store(session, "tool_result", "stock.txt", table.concat(lines, "\\n"), {
    paid_with = "card 4111111111111111",
  })
  Session.complete(session)
  return session
`;

const runtime = await Runtime.open({
  tools: [stock],
  // Scripts may call this tool, and no other.
  authorize: ({ tool }) => tool === undefined || tool === stock.name,
  // Numbers of cards are stored nowhere.
  redact: (data) => (typeof data === 'string' ? data.replaceAll(/\b\d{16}\b/g, '[number]') : data),
});
try {
  const run = runtime.eval(script, {
    args: ['desk', 'notebook'],
    actor: 'anna@example.com',
    timeoutMs: 10_000,
  });
  for await (const event of run) {
    if (event.type === 'stdout') process.stdout.write(`lua says ${event.text}`);
    if (event.type === 'artifact') console.log(`stored ${event.name}`);
  }
  const { status, value: session, usage } = await run;
  console.log(`${status} after ${usage.calls} host calls`);

  const [artifact] = await runtime.artifacts.list(session);
  const content = await runtime.artifacts.read(artifact.id);
  console.log(
    `${artifact.name} has ${content.length} bytes, paid with ${artifact.metadata.paid_with}`,
  );
  const { operations } = await runtime.stats();
  console.log(`tools were called ${operations['tool.execute'].count} times`);
} finally {
  await runtime.close();
}
