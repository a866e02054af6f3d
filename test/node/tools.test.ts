import { expect, it } from 'vitest';
import { defineTool } from '../../bindings/node/index.js';
import { openRuntime } from './open-runtime.js';

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', default: 1 } },
  required: ['city'],
} as const;

it('gives scripts the tools of the program', async () => {
  const weather = defineTool({
    name: 'weather',
    description: 'Weather of a city',
    parameters,
    effect: 'pure',
    category: 'web',
    tags: ['forecast'],
    execute: async ({ city, days = 1 }: { city: string; days?: number }) => ({
      city,
      degrees: 21.5,
      days: Array.from({ length: days }, (_, day) => day),
      raw: Uint8Array.of(0, 255),
      missing: undefined,
    }),
  });
  const runtime = await openRuntime({ tools: [weather] });
  const { value } = await runtime.eval(`
    local reply = Tool.execute("weather", { city = "Bern", days = 2 })
    assert(reply.success and reply.result.raw == "\\0\\255" and reply.result.missing == nil)
    assert(Tool.weather({ city = "Bern" }).result.city == "Bern")
    assert(Tool.discover({ tag = "forecast" })[1].name == "weather")
    return reply.result.degrees, reply.result.days
  `);
  expect(value).toEqual([21.5, [0, 1]]);
});

it('turns what a tool throws into an envelope, and misuse into an error', async () => {
  const runtime = await openRuntime();
  const broken = defineTool({
    name: 'broken',
    description: 'Throws',
    parameters,
    execute: () => {
      throw new Error('out of order');
    },
  });
  runtime.tools.register(broken);
  expect(broken.effect).toBe('unsafe');
  const { value } = await runtime.eval(`return Tool.execute("broken", { city = "Bern" })`);
  expect(value).toEqual({
    success: false,
    error: { code: 'TOOL_FAILED', message: 'out of order' },
    duration_ms: expect.any(Number),
  });
  const { error } = await runtime.eval(`Tool.execute("broken", { city = 5 })`).outcome;
  expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS', line: 1 });
  expect(() => runtime.tools.register(broken)).toThrow(/its name is taken/);
});

it('tells a tool when the run ends', async () => {
  const runtime = await openRuntime();
  let reason: unknown;
  let started = () => {};
  const isRunning = new Promise<void>((resolve) => {
    started = resolve;
  });
  runtime.tools.register(
    defineTool({
      name: 'forever',
      description: 'Waits until it is told to stop',
      parameters: { type: 'object' },
      execute: (_: object, { signal, callId }) => {
        expect(callId).not.toBe('');
        started();
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason);
          });
        });
      },
    }),
  );
  const controller = new AbortController();
  const run = runtime.eval(`Tool.execute("forever", {})`, { signal: controller.signal });
  await isRunning;
  controller.abort();
  expect(await run.outcome).toMatchObject({ status: 'interrupted', error: { code: 'ABORTED' } });
  expect(reason).toMatchObject({ code: 'ABORTED' });
});
