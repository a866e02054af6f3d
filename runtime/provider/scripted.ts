/**
 * The scripted provider: answers from a {@link Script}, so that examples and tests need no key and no network. The
 * same request gets the same answer, in every process; only rules with `times` remember that they were used.
 */
import type { SpellError } from '../base/errors.js';
import { stringifyJson } from '../base/json.js';
import { pause } from '../base/pause.js';
import { fromPlain, type PlainValue } from '../base/value.js';
import { parseArguments } from './arguments-text.js';
import {
  aborted,
  badRequest,
  disconnected,
  type Place,
  serverError,
  timedOut,
  unreachable,
} from './failure.js';
import { type Message, type Part, textOf } from './message.js';
import type { Attempt, Delta, ModelRequest, ModelResponse, Provider, Usage } from './provider.js';
import type { Answer, Rule, Script, ScriptedCall, ScriptedError } from './script.js';
import { tokensOfMessage, tokensOfRequest } from './token-estimate.js';

export interface ScriptedOptions {
  /** The provider's name in the configuration. */
  readonly name: string;
  readonly script: Script;
}

export function scriptedProvider({ name, script }: ScriptedOptions): Provider {
  const used = new Map<Rule, number>();
  return {
    async generate(request, attempt) {
      const place = { provider: name, model: request.model, url: 'a script', key: undefined };
      const facts = factsOf(request);
      const found = find(script, used, facts);
      if (found === undefined) throw noRule(place, facts);
      used.set(found.rule, (used.get(found.rule) ?? 0) + 1);
      const teller = new Teller(place, attempt);
      await teller.wait(found.rule.delayMs);
      if (found.rule.error !== undefined) throw failure(place, found.rule.error);
      return answer(request, found, facts, teller);
    },
  };
}

/** What the conditions of rules ask for. */
interface Facts {
  readonly model: string;
  readonly input: string;
  readonly system: string;
  readonly turn: number;
  /** The name of the tool whose result the last message is. */
  readonly lastTool: string | undefined;
  readonly toolResult: string;
  readonly tools: readonly string[];
}

function factsOf({ model, messages, tools = [] }: ModelRequest): Facts {
  const last = messages.at(-1);
  const result = last?.parts.findLast((part) => part.type === 'tool_result');
  const user = messages.findLast(({ role }) => role === 'user');
  return {
    model,
    input: user === undefined ? '' : textOf(user),
    system: messages
      .filter(({ role }) => role === 'system')
      .map(textOf)
      .join('\n'),
    turn: messages.filter(({ role }) => role === 'assistant').length + 1,
    lastTool: result?.name,
    toolResult: result === undefined ? '' : textOf({ parts: result.content }),
    tools: tools.map((tool) => tool.name),
  };
}

interface Found {
  readonly rule: Rule;
  readonly groups: readonly string[];
}

function find(script: Script, used: ReadonlyMap<Rule, number>, facts: Facts): Found | undefined {
  for (const rule of script.rules) {
    const isUp = rule.times !== undefined && (used.get(rule) ?? 0) >= rule.times;
    const groups = isUp ? undefined : groupsOf(rule, facts);
    if (groups !== undefined) return { rule, groups };
  }
  return undefined;
}

/** The groups of the rule's pattern; `undefined` when the rule does not fit. */
function groupsOf(rule: Rule, facts: Facts): readonly string[] | undefined {
  const { contains = [], system, turn, afterTool, resultContains, hasTool, model } = rule;
  const misses =
    !contains.every((text) => includes(facts.input, text)) ||
    (system !== undefined && !includes(facts.system, system)) ||
    (turn !== undefined && turn !== facts.turn) ||
    (afterTool !== undefined && !fitsTool(afterTool, facts.lastTool)) ||
    (resultContains !== undefined && !includes(facts.toolResult, resultContains)) ||
    (hasTool !== undefined && !facts.tools.includes(hasTool)) ||
    (model !== undefined && model !== facts.model);
  if (misses) return undefined;
  if (rule.matches === undefined) return [];
  const match = rule.matches.exec(facts.input);
  return match === null ? undefined : match.map((group) => group ?? '');
}

function includes(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

function fitsTool(wanted: string | boolean, last: string | undefined): boolean {
  return typeof wanted === 'string' ? wanted === last : wanted === (last !== undefined);
}

async function answer(
  request: ModelRequest,
  { rule, groups }: Found,
  facts: Facts,
  teller: Teller,
): Promise<ModelResponse> {
  const fill = (text: string) => filled(text, facts, groups);
  const pieces = piecesOf(rule, facts.turn, fill);
  await teller.tell(pieces.deltas, rule);
  const message: Message = { role: 'assistant', parts: pieces.parts };
  const hasCalls = rule.toolCalls.length > 0;
  return {
    message,
    model: request.model,
    provider: teller.place.provider,
    finishReason: rule.finishReason ?? (hasCalls ? 'tool_calls' : 'stop'),
    usage: rule.usage ?? usageOf(request, message),
    id: `scripted-${facts.turn}`,
    warnings: [],
  };
}

function usageOf(request: ModelRequest, message: Message): Usage {
  return { inputTokens: tokensOfRequest(request), outputTokens: tokensOfMessage(message) };
}

function piecesOf(rule: Answer, turn: number, fill: (text: string) => string) {
  const parts: Part[] = [];
  const deltas: Delta[] = [];
  const add = (type: 'text' | 'reasoning', text: string | undefined) => {
    if (text === undefined || text === '') return;
    const full = fill(text);
    parts.push({ type, text: full });
    // Words with the space behind them, as models write.
    for (const piece of full.match(/\s*\S+\s*/g) ?? [full]) deltas.push({ type, text: piece });
  };
  add('reasoning', rule.reasoning);
  add('text', rule.text);
  for (const [index, call] of rule.toolCalls.entries()) {
    const id = call.id ?? `call_${turn}_${index + 1}`;
    const text = call.raw ?? stringifyJson(fromPlain(filledValue(call, fill)));
    parts.push({ type: 'tool_call', id, name: call.name, ...parseArguments(text) });
    deltas.push({ type: 'tool_call', index, id, name: call.name, arguments: text });
  }
  return { parts, deltas };
}

function filledValue(call: ScriptedCall, fill: (text: string) => string): PlainValue {
  const visit = (value: PlainValue): PlainValue => {
    if (typeof value === 'string') return fill(value);
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item)]));
  };
  return visit(call.arguments);
}

function filled(text: string, facts: Facts, groups: readonly string[]): string {
  const values: Readonly<Record<string, string>> = {
    input: facts.input,
    tool_result: facts.toolResult,
    turn: String(facts.turn),
    model: facts.model,
  };
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    const group = /^\d+$/.test(name) ? groups[Number(name)] : undefined;
    return group ?? (Object.hasOwn(values, name) ? (values[name] as string) : whole);
  });
}

/** Teller speaks as a server does: late, in pieces, and not always to the end. */
class Teller {
  constructor(
    readonly place: Place,
    private readonly attempt: Attempt,
  ) {}

  /** Waits; a wait that is longer than the attempt may take ends it. */
  async wait(ms: number): Promise<void> {
    const { signal, timeoutMs } = this.attempt;
    try {
      await pause(Math.min(ms, timeoutMs), signal);
    } catch {
      throw aborted(signal);
    }
    if (ms >= timeoutMs) throw timedOut(this.place, timeoutMs);
  }

  async tell(deltas: readonly Delta[], rule: Answer): Promise<void> {
    const { signal, onDelta } = this.attempt;
    for (const [index, delta] of deltas.entries()) {
      if (rule.disconnectAfter === index) throw disconnected(this.place);
      if (index > 0 && onDelta !== undefined) await this.wait(rule.chunkDelayMs);
      if (signal.aborted) throw aborted(signal);
      onDelta?.(delta);
    }
    if (rule.disconnectAfter !== undefined) throw disconnected(this.place);
  }
}

function failure(place: Place, error: ScriptedError): SpellError {
  const { status, message, code, retryAfterMs } = error;
  if (status === undefined) return unreachable(place, new Error(message));
  return serverError(place, { status, message, code, type: '', retryAfterMs });
}

function noRule(place: Place, { input, turn }: Facts): SpellError {
  const said = JSON.stringify(input.length > 60 ? `${input.slice(0, 57)}...` : input);
  return badRequest(
    place,
    `no rule of its script fits ${said} in turn ${turn}`,
    'Add a [[rule]] that fits it; one without conditions fits everything.',
  );
}
