/** What the tool environment-reader does. */
import {
  arch,
  availableParallelism,
  EOL,
  endianness,
  platform,
  release,
  totalmem,
  type,
} from 'node:os';
import type { HostObject, HostValue } from '../../base/value.js';
import { matchesGlob } from '../glob.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { textOf } from './input.js';

const OPERATIONS = { get, list, system };

export function readEnvironment(args: ToolArguments, context: ToolContext): HostValue {
  return OPERATIONS[args.get('operation') as keyof typeof OPERATIONS](args, context);
}

function get(args: ToolArguments, context: ToolContext): HostValue {
  return describe(textOf(args, 'name'), context);
}

function list(args: ToolArguments, context: ToolContext): HostValue {
  const pattern = args.has('pattern') ? textOf(args, 'pattern') : '*';
  const { variables } = context.machine;
  const names = [...new Set([...variables.names(), ...variables.secretNames()])].sort();
  const found = names.filter((name) => matchesGlob(pattern, name));
  return { variables: found.map((name) => describe(name, context)), count: found.length };
}

/** The value of a secret is its handle, which tools take in the place of the value. */
function describe(name: string, { machine }: ToolContext): HostObject {
  const value = machine.variable(name);
  return {
    name,
    value: typeof value === 'object' ? { secret: name } : value,
    is_set: value !== undefined,
    is_secret: machine.variables.secretNames().includes(name),
  };
}

/** Nothing that tells this user or this machine from others. */
function system(): HostValue {
  const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return {
    platform: platform(),
    type: type(),
    release: release(),
    arch: arch(),
    endianness: endianness(),
    cpus: availableParallelism(),
    total_memory: totalmem(),
    line_ending: EOL,
    locale,
    time_zone: timeZone,
  };
}
