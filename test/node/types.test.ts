import { expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  type AccessRequest,
  type AgentChecks,
  type Artifact,
  type AskOptions,
  type Authorize,
  type CompactResult,
  type ContentStats,
  defineTool,
  type ExecutedPrompt,
  type ExecutedPrompts,
  type ExecuteResult,
  type ExecutionStatus,
  type GenerateResponse,
  type GroupStatus,
  type KeptRun,
  type LlmInterface,
  type MadeCall,
  ModelType,
  type OpenOptions,
  type OperationTime,
  type PageOf,
  type PlainValue,
  type Prompt,
  type PromptResults,
  type Redact,
  type RedactPlace,
  type ResponseStream,
  type Run,
  type RunEvent,
  type RunOptions,
  type RunOutcome,
  Runtime,
  type RuntimeStats,
  type Session,
  type SessionCall,
  type SessionEvent,
  type SessionPage,
  type SessionStats,
  type SessionStatus,
  SpellError,
  type Tool,
  type ToolContext,
  type ToolResult,
} from '../../bindings/node/index.js';

it('the public types say what there is', () => {
  expectTypeOf(Runtime.open).returns.resolves.toEqualTypeOf<Runtime>();
  expectTypeOf<Runtime['run']>().returns.toEqualTypeOf<Run>();
  expectTypeOf<Runtime>().toHaveProperty(Symbol.asyncDispose);
  expectTypeOf<Awaited<Run>>().toEqualTypeOf<RunOutcome>();
  expectTypeOf<Run>().toExtend<AsyncIterable<RunEvent>>();
  expectTypeOf<RunOutcome['value']>().toEqualTypeOf<PlainValue>();
  expectTypeOf<RunOutcome['error']>().toEqualTypeOf<SpellError | undefined>();
});

it('sessions and artifacts are plain and read-only', () => {
  expectTypeOf<SessionStatus>().toEqualTypeOf<'active' | 'suspended' | 'completed' | 'failed'>();
  expectTypeOf<Session['createdAt']>().toEqualTypeOf<Date>();
  expectTypeOf<Session['tags']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Runtime['sessions']['get']>().returns.resolves.toEqualTypeOf<Session | undefined>();
  expectTypeOf<Runtime['sessions']['list']>().returns.resolves.toEqualTypeOf<SessionPage>();
  expectTypeOf<SessionPage>().toExtend<PageOf<Session>>();
  expectTypeOf<SessionPage>().toExtend<Iterable<readonly [string, Date, Date]>>();
  expectTypeOf<Runtime['artifacts']['read']>().returns.resolves.toEqualTypeOf<Uint8Array>();
  expectTypeOf<Runtime['artifacts']['query']>().returns.resolves.toEqualTypeOf<PageOf<Artifact>>();
  expectTypeOf<Runtime['artifacts']['store']>().parameter(0).toHaveProperty('sessionId');
});

it('who acted is text, or nobody', () => {
  expectTypeOf<RunOptions['actor']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<KeptRun['actor']>().toEqualTypeOf<string | null>();
  expectTypeOf<SessionEvent['at']>().toEqualTypeOf<Date>();
  expectTypeOf<Runtime['sessions']['timeline']>().returns.resolves.toEqualTypeOf<
    readonly SessionEvent[]
  >();
  expectTypeOf<Runtime['sessions']['journal']>().returns.resolves.toEqualTypeOf<
    readonly SessionCall[]
  >();
});

it('what is asked about a call is plain, and the answer is yes or no', () => {
  expectTypeOf<AccessRequest['kind']>().toEqualTypeOf<'read' | 'write' | 'execute'>();
  expectTypeOf<AccessRequest['session']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<AccessRequest['run']>().toEqualTypeOf<string | null>();
  expectTypeOf<Authorize>().returns.toEqualTypeOf<boolean | Promise<boolean>>();
  expectTypeOf<OpenOptions['authorize']>().toEqualTypeOf<Authorize | undefined>();
  expectTypeOf<Runtime['tools']['execute']>().returns.resolves.toEqualTypeOf<ToolResult>();
  const said = (result: ToolResult) => (result.success ? result.result : result.error.code);
  expectTypeOf(said).returns.toEqualTypeOf<PlainValue>();
});

it('what is redacted is text or bytes, before and after', () => {
  expectTypeOf<Redact>().toEqualTypeOf<
    (data: string | Uint8Array, place: RedactPlace) => string | Uint8Array
  >();
  expectTypeOf<OpenOptions['redact']>().toEqualTypeOf<Redact | undefined>();
  const places = ['content', 'metadata', 'message', 'state', 'input', 'record', 'output'] as const;
  expectTypeOf<RedactPlace>().toEqualTypeOf<(typeof places)[number]>();
});

it('numbers come by name', () => {
  expectTypeOf<Runtime['stats']>().returns.resolves.toEqualTypeOf<RuntimeStats>();
  expectTypeOf<RuntimeStats['sessions']>().toEqualTypeOf<SessionStats>();
  expectTypeOf<RuntimeStats['contents']>().toEqualTypeOf<ContentStats>();
  expectTypeOf<RuntimeStats['operations']>().toEqualTypeOf<
    Readonly<Record<string, OperationTime>>
  >();
  expectTypeOf<OpenOptions['cacheBytes']>().toEqualTypeOf<number | undefined>();
});

it('events are told apart by their type', () => {
  const text = (event: RunEvent) => {
    if (event.type === 'stdout')
      expectTypeOf(event.text).toEqualTypeOf<string | { readonly base64: string }>();
    if (event.type === 'artifact') expectTypeOf(event.name).toEqualTypeOf<string>();
    // @ts-expect-error: not every event has a text.
    return event.text;
  };
  expectTypeOf(text).parameter(0).toEqualTypeOf<RunEvent>();
});

it('the arguments of a tool have the type that its function names', () => {
  const tool = defineTool({
    name: 'typed',
    description: 'A tool',
    parameters: { type: 'object' },
    execute: (args: { city: string }, context) => {
      expectTypeOf(context).toEqualTypeOf<ToolContext>();
      return args.city;
    },
  });
  expectTypeOf(tool).toEqualTypeOf<Tool>();
  // @ts-expect-error: there is no such effect.
  const effect: Tool['effect'] = 'harmless';
  expectTypeOf(effect).toExtend<string>();
  expectTypeOf(new SpellError('CONFIG', 'x').details).toExtend<object>();
});

it('arguments of tools have the types that their schemas say', () => {
  defineTool({
    name: 'typed',
    description: 'Shows what it gets',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string' },
        days: { type: 'integer' },
        unit: { enum: ['C', 'F'] },
        stops: { type: 'array', items: { type: 'object', properties: { at: { type: 'number' } } } },
        more: {},
      },
      required: ['city'],
    },
    execute: (args) => {
      expectTypeOf(args).toEqualTypeOf<{
        city: string;
        days?: number | undefined;
        unit?: 'C' | 'F' | undefined;
        stops?: { at?: number | undefined }[] | undefined;
        more?: unknown;
      }>();
    },
  });
  defineTool({
    name: 'typed',
    description: 'Shows what it gets',
    input: z.object({ city: z.string(), days: z.int().default(1), at: z.coerce.date() }),
    parameters: { type: 'object' },
    execute: (args, { now, signal }) => {
      expectTypeOf(args).toEqualTypeOf<{ city: string; days: number; at: Date }>();
      expectTypeOf(now).returns.toBeNumber();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    },
  });
});

it('what asks models answers with a response, which is a text too', () => {
  type Sessions = Runtime['sessions'];
  expectTypeOf<Sessions['generate']>().returns.resolves.toEqualTypeOf<GenerateResponse>();
  expectTypeOf<Sessions['generateWithTools']>().returns.resolves.toEqualTypeOf<GenerateResponse>();
  expectTypeOf<Runtime['llm']['generate']>().returns.resolves.toEqualTypeOf<GenerateResponse>();
  expectTypeOf<Sessions['stream']>().returns.toEqualTypeOf<ResponseStream>();
  expectTypeOf<ResponseStream>().toExtend<AsyncIterable<string>>();
  expectTypeOf<ResponseStream['response']>().returns.resolves.toEqualTypeOf<
    GenerateResponse | undefined
  >();
  expectTypeOf<GenerateResponse['text']>().toEqualTypeOf<string>();
  expectTypeOf<GenerateResponse['cost']>().toEqualTypeOf<number | null>();
  expectTypeOf<GenerateResponse['data']>().toEqualTypeOf<PlainValue>();
  expectTypeOf<GenerateResponse['toolCallsMade']>().toEqualTypeOf<readonly MadeCall[]>();
  expectTypeOf<Sessions['compact']>().returns.resolves.toEqualTypeOf<CompactResult | undefined>();
  expectTypeOf<AskOptions['onOverflow']>().toEqualTypeOf<
    'error' | 'truncate' | 'compact' | undefined
  >();
  expectTypeOf<NonNullable<AskOptions['onToken']>>().parameter(0).toEqualTypeOf<string>();
  // @ts-expect-error: options have the names that programs give them.
  const options: AskOptions = { max_tokens: 5 };
  expectTypeOf(options).toExtend<AskOptions>();
});

it('prompts say what they need, and how they went', () => {
  type Sessions = Runtime['sessions'];
  expectTypeOf<Sessions['executePrompt']>().returns.resolves.toEqualTypeOf<ExecutedPrompt>();
  expectTypeOf<Sessions['executeParallel']>().returns.resolves.toEqualTypeOf<ExecutedPrompts>();
  expectTypeOf<Sessions['executeParallel']>()
    .parameter(1)
    .toEqualTypeOf<readonly (string | Prompt)[]>();
  expectTypeOf<ExecutedPrompts['ids']>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Sessions['executionStatus']>().returns.resolves.toEqualTypeOf<
    ExecutionStatus | undefined
  >();
  expectTypeOf<Sessions['awaitNode']>().returns.resolves.toEqualTypeOf<
    ExecutionStatus | undefined
  >();
  expectTypeOf<Sessions['groupStatus']>().returns.resolves.toEqualTypeOf<GroupStatus | undefined>();
  expectTypeOf<Sessions['executionPlan']>().returns.resolves.toEqualTypeOf<
    readonly (readonly string[])[]
  >();
  expectTypeOf<ExecutionStatus['status']>().toEqualTypeOf<
    'completed' | 'pending' | 'running' | 'failed' | 'skipped' | 'blocked'
  >();
  expectTypeOf<NonNullable<Prompt['when']>>().parameter(0).toEqualTypeOf<PromptResults>();
  // @ts-expect-error: a prompt says what it asks.
  const prompt: Prompt = { name: 'empty' };
  expectTypeOf(prompt).toExtend<Prompt>();
});

it('models are chosen, hooked and executed by names that are known', () => {
  type Llm = Runtime['llm'];
  expectTypeOf<Llm['getInterface']>().returns.resolves.toEqualTypeOf<LlmInterface>();
  expectTypeOf<Llm['create']>().parameter(0).toEqualTypeOf<string>();
  expectTypeOf<Llm['execute']>().returns.resolves.toEqualTypeOf<ExecuteResult>();
  expectTypeOf<Llm['checkAgents']>().returns.resolves.toEqualTypeOf<AgentChecks>();
  expectTypeOf<ExecuteResult['response']>().toEqualTypeOf<string | null>();
  expectTypeOf(ModelType.CLAUDE).toEqualTypeOf<'anthropic'>();
});
