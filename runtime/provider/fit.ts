import { SpellError } from '../base/errors.js';
import type { GenerateRequest } from './model-call.js';
import type { ModelFacts } from './model-table.js';
import type { ModelRequest } from './provider.js';

/**
 * Refuses what is no request: programs without types reach this.
 *
 * @throws SpellError `BAD_ARGUMENT`
 */
export function checkRequest({ messages }: GenerateRequest): void {
  const isList = Array.isArray(messages) && messages.length > 0;
  const wrong = isList && messages.findIndex((m) => !ROLES.has(m?.role) || !Array.isArray(m.parts));
  if (isList && wrong === -1) return;
  const fault = isList ? `message ${Number(wrong) + 1} has no role or no parts` : 'no messages';
  throw new SpellError('BAD_ARGUMENT', `a model can't be asked: ${fault}`, {
    hint: 'A message is { role: "user", parts: [{ type: "text", text: "..." }] }.',
    key: 'messages',
  });
}

const ROLES: ReadonlySet<string> = new Set(['system', 'user', 'assistant', 'tool']);

/**
 * Refuses a request that the model is known not to be able to meet, before anything is sent or paid.
 *
 * @throws SpellError `MODEL_UNFIT`
 */
export function checkFit(request: ModelRequest, facts: ModelFacts): void {
  const { model, tools = [], responseFormat } = request;
  if (facts.tools === false && tools.length > 0) throw unfit(model, 'calls no tools', 'tools');
  if (facts.vision === false && hasImages(request)) throw unfit(model, 'reads no images', 'vision');
  if (facts.json === false && responseFormat !== undefined) {
    throw unfit(model, "can't be held to a JSON Schema", 'json');
  }
}

function hasImages({ messages }: ModelRequest): boolean {
  return messages.some(({ parts }) =>
    parts.some(
      (part) =>
        part.type === 'image' ||
        (part.type === 'tool_result' && part.content.some(({ type }) => type === 'image')),
    ),
  );
}

function unfit(model: string, fault: string, ability: string): SpellError {
  return new SpellError('MODEL_UNFIT', `the model "${model}" ${fault}`, {
    hint: `Choose another model, or write ${ability} = true under [models."${model}"] if it can.`,
    details: { model, lacks: ability },
  });
}
