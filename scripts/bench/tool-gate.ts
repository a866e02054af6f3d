/** What the gate around a tool costs: finding it, its schema, the rules, the envelope; for programs and for scripts. */
import { defineTool, Runtime } from '../../bindings/node/index.js';
import { formatTime, measure, printTable } from './measure.js';

const CALLS = 2000;
const ARGS = { city: 'Ghent', days: 3 };
const SCRIPT = `for i = 1, ${CALLS} do Tool.execute('weather', { city = 'Ghent', days = 3 }) end`;
const LISTS = 20;

export async function benchToolGate(): Promise<void> {
  const work = ({ city, days }: typeof ARGS) => `${city} ${days}`;
  const weather = defineTool({
    name: 'weather',
    description: 'Weather of a city',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', minLength: 1 }, days: { type: 'integer', minimum: 1 } },
      required: ['city'],
      additionalProperties: false,
    },
    effect: 'pure',
    execute: (args: typeof ARGS) => work(args),
  });
  const open = (settings: Readonly<Record<string, unknown>>) =>
    Runtime.open({ storage: 'memory', tools: [weather], settings });
  const plain = await open({});
  const ruled = await open({
    'runtime.security.allow_tools': [...globs('a'), 'weather'],
    'runtime.security.deny_tools': globs('d'),
  });
  const program = (runtime: Runtime) => async () => {
    for (let i = 0; i < CALLS; i += 1) await runtime.tools.execute('weather', ARGS);
  };
  const bare = async () => {
    for (let i = 0; i < CALLS; i += 1) await work(ARGS);
  };
  const contenders = [
    { name: 'the bare function', run: bare },
    { name: 'runtime.tools.execute', run: program(plain) },
    { name: `the same, ${2 * LISTS} rules`, run: program(ruled) },
    { name: 'Tool.execute in Lua', run: () => plain.eval(SCRIPT) },
    { name: `the same, ${2 * LISTS} rules`, run: () => ruled.eval(SCRIPT) },
  ];
  const times = await measure(contenders, { warmUps: 3, rounds: 7 });
  await plain.close();
  await ruled.close();
  printTable(`One call of a tool, median of 7 x ${CALLS}`, [
    ['called as', 'per call'],
    ...contenders.map(({ name }, i) => [name, formatTime((times[i] ?? 0) / CALLS)]),
  ]);
}

/** Rules that fit no tool here. */
function globs(prefix: string): string[] {
  return Array.from({ length: LISTS }, (_, i) => `${prefix}${i}-*`);
}
