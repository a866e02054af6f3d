/** What scripts may reach, and which line of the configuration says so. */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join, sep } from 'node:path';
import { explainConfig } from '../../config/explain.js';
import type { LoadedConfig } from '../../config/load.js';
import { SpellError } from '../../runtime/base/errors.js';
import { namesAddress, namesHost, parseHostRule } from '../../runtime/base/host-rule.js';
import { parseAddress } from '../../runtime/base/ip-address.js';
import { matchesGlob } from '../../runtime/tool/glob.js';
import { hostOf } from '../../runtime/tool/network/gateway.js';
import type { Runtime } from '../node/runtime.js';

/** One key of the policy. */
export interface PolicyRule {
  /** As in `llmspell.toml`. */
  readonly key: string;
  /** What it is about, for people. */
  readonly title: string;
  readonly values: readonly string[];
  /** `file:line`, a variable, a flag, or `default`. */
  readonly origin: string;
}

/** Whether a tool may be called. */
export interface ToolVerdict {
  readonly name: string;
  readonly state: 'open' | 'closed' | 'asks';
  /** The key that decides, where one does. */
  readonly rule: string | null;
}

const KEYS = [
  ['file_read_roots', 'fileReadRoots', 'files to read'],
  ['file_write_roots', 'fileWriteRoots', 'files to write'],
  ['network_hosts', 'networkHosts', 'hosts'],
  ['commands', 'commands', 'programs'],
  ['environment', 'environment', 'variables'],
  ['secrets', 'secrets', 'secrets'],
  ['allow_tools', 'allowTools', 'only these tools'],
  ['deny_tools', 'denyTools', 'never these tools'],
  ['approve_tools', 'approveTools', 'tools that ask'],
] as const;

export function policyRules(loaded: LoadedConfig): PolicyRule[] {
  const { security } = loaded.config;
  const rules = KEYS.map(([name, field, title]): PolicyRule => {
    const key = `runtime.security.${name}`;
    return { key, title, values: security[field], origin: loaded.origin(key) };
  });
  const limits = explainConfig(loaded)
    .filter(({ key }) => key.startsWith('tools.') && !key.startsWith('tools.mcp.'))
    .map(({ key, value, origin }): PolicyRule => {
      const values = [`${key.slice('tools.'.length)} = ${JSON.stringify(value)}`];
      return { key, title: 'limits', values, origin };
    });
  return [...rules, ...limits];
}

export function toolVerdicts({ tools, services }: Runtime): ToolVerdict[] {
  const ruleOf = (name: string, approved: boolean): string | null => {
    try {
      services.toolPolicy.check(name, approved);
      return null;
    } catch (thrown) {
      if (!(thrown instanceof SpellError)) throw thrown;
      return String(thrown.details.rule);
    }
  };
  return tools.list().map(({ name }) => {
    const refused = ruleOf(name, true);
    if (refused !== null) return { name, state: 'closed', rule: refused };
    const asks = ruleOf(name, false);
    return asks === null
      ? { name, state: 'open', rule: null }
      : { name, state: 'asks', rule: asks };
  });
}

/** What somebody may not have meant: a sentence each. */
export function policyRemarks(
  { config }: LoadedConfig,
  runtime: Runtime,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const { security, tools } = config;
  const remarks: string[] = [];
  const roots = [...new Set([...security.fileReadRoots, ...security.fileWriteRoots])];
  for (const root of roots) {
    if (!existsSync(root)) remarks.push(`${root} is open, and does not exist`);
  }
  for (const folder of programFolders(environment)) {
    if (!security.fileWriteRoots.some((root) => isWithin(folder, real(root)))) continue;
    remarks.push(`scripts may write to ${folder}, where programs are searched`);
  }
  if (security.commands.some((pattern) => pattern.trim() === '*')) {
    remarks.push('every program may be started: scripts can do what you can');
  }
  const { probeUrl } = config.llm;
  if (probeUrl !== undefined && !isOpenHost(security.networkHosts, new URL(probeUrl))) {
    remarks.push(`probe_url leads to a host that network_hosts does not open: ${probeUrl}`);
  }
  for (const name of [...security.environment, ...security.secrets]) {
    if (environment[name] === undefined) remarks.push(`the variable ${name} is open, and not set`);
  }
  const names = runtime.tools.list().map(({ name }) => name);
  for (const glob of [...security.allowTools, ...security.denyTools, ...security.approveTools]) {
    const fits = names.some((name) => matchesGlob(glob, name));
    if (!fits) remarks.push(`"${glob}" names no tool`);
  }
  for (const name of Object.keys(tools.named)) {
    if (names.includes(name) || names.includes(name.replaceAll('_', '-'))) continue;
    remarks.push(`[tools.${name}] is about no tool`);
  }
  return remarks;
}

/** Whether `network_hosts` names the host of a URL; nobody is asked where the name leads. */
function isOpenHost(hosts: readonly string[], url: URL): boolean {
  const { name, port } = hostOf(url);
  const address = parseAddress(name);
  return hosts.some((text) => {
    const rule = parseHostRule(text);
    if (rule === undefined) return false;
    return (
      namesHost(rule, name, port) || (address !== undefined && namesAddress(rule, address, port))
    );
  });
}

function programFolders(environment: Readonly<Record<string, string | undefined>>): string[] {
  const folders = (environment.PATH ?? '').split(delimiter).filter(isAbsolute).map(real);
  return [...new Set(folders)];
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(path);
  }
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
