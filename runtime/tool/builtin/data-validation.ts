/** Holds data against rules: the rules become checks first, so that a mistake in them is found before any data. */
import { SpellError } from '../../base/errors.js';
import { type HostObject, isMap, keyText, type Value, type ValueMap } from '../../base/value.js';
import { type PatternEngine, patternEngine } from '../pattern.js';
import { pointerStep } from '../schema-fault.js';
import type { ToolArguments } from '../tool.js';
import { boundedWork } from './bounded-work.js';
import { badArgument } from './input.js';
import { type Check, checkOfRule, type Report } from './validation-rules.js';

const DEFAULT_MAX_ERRORS = 100;
const MAX_DEPTH = 50;
/** A few seconds. */
const MAX_PATTERN_STEPS = 100_000_000;

export async function validateData(args: ToolArguments): Promise<HostObject> {
  const checks = await readRules(args.get('rules'), '/rules');
  const failFast = args.get('fail_fast') === true;
  const maxErrors = failFast ? 1 : Number(args.get('max_errors') ?? DEFAULT_MAX_ERRORS);
  const errors: HostObject[] = [];
  const report: Report = (field, rule, message) => {
    if (errors.length < maxErrors) errors.push({ field, rule, message });
    return errors.length < maxErrors;
  };
  boundedWork(() => runChecks(checks, args.get('input'), '', report));
  return { valid: errors.length === 0, errors };
}

/** @throws SpellError `TOOL_ARGUMENTS` for rules that are none. */
export async function readRules(given: Value, pointer: string): Promise<readonly Check[]> {
  return new RuleReader(await patternEngine(MAX_PATTERN_STEPS)).rules(given, pointer, 0);
}

/** Answers whether to go on. */
function runChecks(checks: readonly Check[], value: Value, field: string, report: Report): boolean {
  return checks.every((check) => check(value, field, report));
}

/** Reads rules as they are written. */
class RuleReader {
  constructor(private readonly patterns: PatternEngine) {}

  /** A list, `{ rules = list }`, or lists by the names of fields. */
  rules(given: Value, pointer: string, depth: number): Check[] {
    if (depth > MAX_DEPTH) throw badArgument(pointer, `has more than ${MAX_DEPTH} levels`);
    if (Array.isArray(given)) {
      return given.map((rule, index) => this.#rule(rule, `${pointer}/${index}`, depth));
    }
    if (!isMap(given)) throw badArgument(pointer, 'must be a list of rules');
    if (given.size === 0) return [];
    if (given.size === 1 && given.has('rules')) {
      return this.rules(given.get('rules'), `${pointer}/rules`, depth + 1);
    }
    if (typeof given.get('type') === 'string') return [this.#rule(given, pointer, depth)];
    return [this.#fields(given, pointer, depth)];
  }

  /** The rules of each field of an object. */
  #fields(given: ValueMap, pointer: string, depth: number): Check {
    const fields = [...given].map(([key, rules]) => {
      const name = keyText(key);
      return { key, name, checks: this.rules(rules, `${pointer}/${pointerStep(name)}`, depth + 1) };
    });
    return (value, field, report) => {
      if (!isMap(value)) return report(field, 'object', 'must be an object');
      return fields.every(({ key, name, checks }) =>
        runChecks(checks, value.get(key), `${field}/${pointerStep(name)}`, report),
      );
    };
  }

  #rule(given: Value, pointer: string, depth: number): Check {
    const rule = typeof given === 'string' ? new Map([['type', given]]) : given;
    if (!isMap(rule)) throw badArgument(pointer, 'must be a rule such as { type = "required" }');
    const check = this.#check(rule, pointer, depth);
    const message = rule.get('message');
    if (message === undefined) return check;
    if (typeof message !== 'string') throw badArgument(`${pointer}/message`, 'must be text');
    return (value, field, report) => check(value, field, (at, type) => report(at, type, message));
  }

  #check(rule: ValueMap, pointer: string, depth: number): Check {
    switch (rule.get('type')) {
      case 'array':
        return this.#array(rule, pointer, depth);
      case 'object':
        return this.#object(rule, pointer, depth);
      case 'pattern':
        return this.#pattern(rule, pointer);
      default:
        return checkOfRule(rule, pointer);
    }
  }

  #pattern(rule: ValueMap, pointer: string): Check {
    const source = rule.get('regex') ?? rule.get('pattern');
    if (typeof source !== 'string') throw badArgument(`${pointer}/regex`, 'must be a pattern');
    try {
      const pattern = this.patterns.compile(source);
      return (value, field, report) => {
        if (typeof value !== 'string' || pattern.test(value)) return true;
        return report(field, 'pattern', `does not match ${source}`);
      };
    } catch (error) {
      if (!(error instanceof SpellError)) throw error;
      throw badArgument(`${pointer}/regex`, error.message, error.hint);
    }
  }

  #array(rule: ValueMap, pointer: string, depth: number): Check {
    const size = checkOfRule(
      new Map<string, Value>([
        ['type', 'items'],
        ['min', rule.get('min_items')],
        ['max', rule.get('max_items')],
        ['unique', rule.get('unique')],
      ]),
      pointer,
    );
    const given = rule.get('item_rules') ?? rule.get('items');
    const checks = given === undefined ? [] : this.rules(given, `${pointer}/item_rules`, depth + 1);
    return (value, field, report) => {
      const list = isMap(value) && value.size === 0 ? [] : value;
      if (list === undefined || list === null) return true;
      if (!Array.isArray(list)) return report(field, 'array', 'must be a list');
      if (!size(list, field, report)) return false;
      return list.every((item, index) => runChecks(checks, item, `${field}/${index}`, report));
    };
  }

  #object(rule: ValueMap, pointer: string, depth: number): Check {
    const properties = rule.get('properties') ?? new Map();
    if (!isMap(properties)) throw badArgument(`${pointer}/properties`, 'must be an object');
    const required = rule.get('required') ?? [];
    const names = Array.isArray(required) ? required.map(String) : [];
    const fields = [...properties].map(([key, rules]) => {
      const name = keyText(key);
      const place = `${pointer}/properties/${pointerStep(name)}`;
      return { name, checks: this.rules(rules, place, depth + 1) };
    });
    const known = new Set(fields.map(({ name }) => name));
    return (value, field, report) => {
      if (value === undefined || value === null) return true;
      if (!isMap(value)) return report(field, 'object', 'must be an object');
      const at = (name: string) => `${field}/${pointerStep(name)}`;
      for (const name of names) {
        if (isMissing(value.get(name)) && !report(at(name), 'required', 'is required'))
          return false;
      }
      if (rule.get('additional_properties') === false) {
        for (const name of [...value.keys()].map(keyText)) {
          if (!known.has(name) && !report(at(name), 'object', 'is not known')) return false;
        }
      }
      return fields.every(({ name, checks }) =>
        value.has(name) ? runChecks(checks, value.get(name), at(name), report) : true,
      );
    };
  }
}

function isMissing(value: Value): boolean {
  return value === undefined || value === null;
}
