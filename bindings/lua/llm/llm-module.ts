/** The functions behind the `LLM` global, and those of `Session` that ask models. */
import { SpellError } from '../../../runtime/base/errors.js';
import { type HostObject, toPlain, type ValueMap } from '../../../runtime/base/value.js';
import type { ModelCalls } from '../../../runtime/conversation/model-calls.js';
import { modelFacts, registerModels } from '../../../runtime/conversation/own-models.js';
import { type HostArguments, Results } from '../../../runtime/engine/engine.js';
import type { CallContext, Operation } from '../../../runtime/host/host-call.js';
import type { KnownModel } from '../../../runtime/provider/model-table.js';
import type { TargetNames } from '../../../runtime/provider/registry.js';
import {
  type GlobalFunction,
  globalFunction,
  type RunFacts,
} from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { badArgument, isAbsent, Options, optionalText, text, value } from '../arguments.js';
import { readFields } from '../session/option-fields.js';
import { requireReached } from '../session/session-argument.js';
import { type AskCall, parseRequest, parseRequirements, parseTurn } from './ask-arguments.js';

export function llmModule(
  services: Services,
  facts: Pick<RunFacts, 'usedBefore'>,
): GlobalFunction[] {
  const calls = lazyCalls(services, facts);
  const { generate, open } = askOperations(services, calls);
  const state = <A>(
    path: string,
    op: string,
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
  ) =>
    globalFunction<A>({
      path,
      parse,
      operation: { op, kind: 'state', waits: true, foreign: true, perform },
    });
  return [
    globalFunction({ path: 'LLM.generate', parse: parseRequest, operation: generate }),
    globalFunction({ path: 'Session.generate', parse: parseTurn, operation: generate }),
    globalFunction({ path: 'LLM.stream', parse: parseRequest, operation: open }),
    globalFunction({ path: 'Session.stream', parse: parseTurn, operation: open }),
    state(
      'host.llm_read',
      'llm.read',
      (args) => text(args, 1),
      async (id, call) => (await calls()).read(id, call),
    ),
    state(
      'host.llm_close',
      'llm.close',
      (args) => text(args, 1),
      async (id, call) => (await calls()).close(id, call),
    ),
    globalFunction<SpellError>({
      path: 'host.fail',
      parse: parseFailure,
      operation: {
        op: 'llm.fail',
        kind: 'pure',
        waits: false,
        perform: (error) => {
          throw error;
        },
      },
    }),
    ...modelFunctions(services),
  ];
}

/** What asks models is loaded with the first call: most scripts ask none. */
function lazyCalls(
  { models, tools, stores, config }: Services,
  { usedBefore }: Pick<RunFacts, 'usedBefore'>,
): () => Promise<ModelCalls> {
  let calls: Promise<ModelCalls> | undefined;
  return () => {
    calls ??= import('../../../runtime/conversation/model-calls.js').then(
      (loaded) => new loaded.ModelCalls({ models, tools, stores, limits: config.llm, usedBefore }),
    );
    return calls;
  };
}

function askOperations(services: Services, calls: () => Promise<ModelCalls>) {
  const inSession = ({ ask, isInSession }: AskCall, call: CallContext) =>
    isInSession ? { ...ask, session: requireReached(services, ask.session, call) } : ask;
  const operation = (op: string, perform: Operation<AskCall>['perform']): Operation<AskCall> => ({
    op,
    kind: 'external',
    waits: true,
    target: ({ ask, isInSession }, { currentSession }) =>
      isInSession ? { session: ask.session ?? currentSession } : {},
    effect: () => 'paid',
    perform,
  });
  return {
    generate: operation('llm.generate', async (asked, call) =>
      (await calls()).generate(inSession(asked, call), call),
    ),
    open: operation('llm.open', async (asked, call) =>
      (await calls()).open(inSession(asked, call), asked.again, call),
    ),
  };
}

/** `host.fail(code, message[, hint[, details]])` */
function parseFailure(args: HostArguments): SpellError {
  const details = toPlain(isAbsent(args, 4) ? undefined : value(args, 4));
  return new SpellError(text(args, 1), text(args, 2), {
    hint: optionalText(args, 3),
    details: (details ?? {}) as NonNullable<SpellError['details']>,
  });
}

function modelFunctions(services: Services): GlobalFunction[] {
  const define = <A>(
    path: string,
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
  ) =>
    globalFunction<A>({
      path,
      parse,
      operation: {
        op: path.replace(/^LLM/, 'llm').replace('host.llm_', 'llm.'),
        kind: 'state',
        waits: true,
        perform,
      },
    });
  const modelsWith = async (own: ValueMap | undefined) => {
    const models = await services.models();
    registerModels(models.table, own);
    return models;
  };
  return [
    define('LLM.models', ownModels(1), async (own) => {
      const models = await modelsWith(own);
      return models.list().map(({ servedBy, ...model }) => ({
        ...factsView(model),
        served_by: servedBy ?? undefined,
      }));
    }),
    define('LLM.providers', noArguments, async () => {
      const { registry } = await services.models();
      const all = registry.list();
      return all.map(({ name, type, defaultModel }) => ({
        name,
        type,
        default_model: defaultModel,
        is_default: registry.default.name === name,
      }));
    }),
    define(
      'LLM.capabilities',
      (args) => ({ model: optionalText(args, 1), own: ownModels(2)(args) }),
      async ({ model, own }) => {
        const found = (await modelsWith(own)).capabilities(model);
        return found === undefined ? undefined : factsView(found);
      },
    ),
    define('LLM.validateForTask', parseValidation, async ({ requirements, names, own }) => {
      const { ok, reasons } = (await modelsWith(own)).validateForTask(requirements, names);
      return new Results(ok, [...reasons]);
    }),
    define(
      'LLM.select',
      (args) => ({ requirements: parseRequirements(args), own: ownModels(2)(args) }),
      async ({ requirements, own }) => {
        const found = (await modelsWith(own)).select(requirements);
        if (found === undefined) return undefined;
        return new Results(found.model, found.provider.name);
      },
    ),
    define('host.llm_target', parseTarget, async (names) => {
      const { provider, model } = (await services.models()).resolve(names);
      return new Results(provider.name, model);
    }),
    define('LLM.registerModel', parseModel, async (own) => {
      await modelsWith(own);
      return true;
    }),
  ];
}

function noArguments(): undefined {
  return undefined;
}

/** The models that the script has registered, which preludes pass on. */
function ownModels(index: number): (args: HostArguments) => ValueMap | undefined {
  return (args) => {
    if (isAbsent(args, index)) return undefined;
    return readFields(args, index, (fields) => fields.map('models'));
  };
}

function parseValidation(args: HostArguments) {
  const requirements = parseRequirements(args);
  const names = isAbsent(args, 2)
    ? {}
    : readFields(args, 2, (fields) => ({
        model: fields.text('model', 'model_name'),
        provider: fields.text('provider'),
      }));
  return { requirements, names, own: ownModels(3)(args) };
}

function parseTarget(args: HostArguments): TargetNames {
  return readFields(args, 1, (fields) => ({
    provider: fields.text('provider'),
    model: fields.text('model'),
  }));
}

/** `LLM.registerModel(name, facts)` or `LLM.registerModel{name=, ...}` */
function parseModel(args: HostArguments): ValueMap {
  const isTable = args.type(1) === 'table';
  const name = isTable ? new Options(args, 1).text('name') : text(args, 1);
  if (name === undefined) throw badArgument(args, 1, "field 'name': string expected, got nil");
  const given = value(args, isTable ? 1 : 2) as ValueMap;
  if (!(given instanceof Map)) throw badArgument(args, 2, 'a table of facts expected');
  const facts = new Map([...given].filter(([key]) => key !== 'name'));
  try {
    modelFacts(facts);
  } catch (thrown) {
    const { message, hint } = thrown as Error & { hint?: string };
    throw badArgument(args, isTable ? 1 : 2, message, hint);
  }
  return new Map([[name, facts]]);
}

function factsView(model: KnownModel): HostObject {
  return {
    name: model.name,
    provider: model.provider,
    context_window: model.contextWindow,
    max_output: model.maxOutput,
    vision: model.vision,
    tools: model.tools,
    json: model.json,
    reasoning: model.reasoning,
    input_price: model.inputPrice,
    output_price: model.outputPrice,
    cached_input_price: model.cachedInputPrice,
  };
}
