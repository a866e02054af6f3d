/** `llmspell doctor` */
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadedConfig } from '../../../config/load.js';
import { SpellError, toSpellError } from '../../../runtime/base/errors.js';
import type { HostObject } from '../../../runtime/base/value.js';
import { hasNativeHash } from '../../../runtime/content/content-address.js';
import { scriptFromSource } from '../../../runtime/run/script.js';
import type { Runtime } from '../../node/runtime.js';
import { EXIT_OK } from '../exit-code.js';
import { CommandFailure, type Invocation, withRuntime } from '../invocation.js';
import {
  type PolicyRule,
  policyRemarks,
  policyRules,
  type ToolVerdict,
  toolVerdicts,
} from '../policy-report.js';
import { type Column, tableText } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';

/** Check is one thing that was looked at. */
interface Check {
  readonly name: string;
  readonly state: 'ok' | 'remark' | 'failed';
  readonly text: string;
  readonly error?: SpellError;
}

interface Report {
  readonly rules: readonly PolicyRule[];
  readonly tools: readonly ToolVerdict[];
  readonly checks: readonly Check[];
}

export async function examine(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const report = await reportOf(invocation);
  const data = toJson(report);
  const error = report.checks.find((check) => check.error !== undefined)?.error;
  if (error === undefined) {
    await terminal.result(data, () => print(terminal, report));
    return EXIT_OK;
  }
  if (!terminal.json) await print(terminal, report);
  throw new CommandFailure(error, data);
}

async function reportOf(invocation: Invocation): Promise<Report> {
  const { environment, cwd } = invocation;
  let report: Report | undefined;
  try {
    await withRuntime(invocation, async (runtime, loaded) => {
      const remarks = policyRemarks(loaded, runtime, environment);
      report = {
        rules: policyRules(loaded),
        tools: toolVerdicts(runtime),
        checks: [
          configurationCheck(loaded),
          ...remarks.map((text): Check => ({ name: 'policy', state: 'remark', text })),
          await storageCheck(runtime, loaded),
          engineCheck(runtime, cwd),
          await hashCheck(),
          ...(await providerChecks(runtime)),
        ],
      };
    });
  } catch (thrown) {
    // A storage that could not be opened can't be closed either, which is in the report.
    if (report === undefined) throw thrown;
  }
  return report as Report;
}

function configurationCheck({ files }: LoadedConfig): Check {
  const text = files.length === 0 ? 'no file holds here' : files.join(', ');
  return { name: 'configuration', state: 'ok', text };
}

/** A folder that is not there is not made: it is when something is stored first. */
async function storageCheck(runtime: Runtime, { config }: LoadedConfig): Promise<Check> {
  const name = 'data';
  const { path } = config.storage;
  if (config.sessions.storageBackend === 'memory') {
    return { name, state: 'ok', text: 'kept in memory while a command runs' };
  }
  if (!existsSync(path)) return missingFolder(path);
  try {
    await runtime.openStorage();
    return { name, state: 'ok', text: `${config.sessions.storageBackend} in ${path}` };
  } catch (thrown) {
    return failed(name, thrown);
  }
}

function missingFolder(path: string): Check {
  let above = dirname(path);
  while (!existsSync(above)) above = dirname(above);
  try {
    // What may be done here is known when it was done: rights do not bind everybody, and bind some systems not at all.
    rmdirSync(mkdtempSync(join(above, '.llmspell-')));
    return { name: 'data', state: 'ok', text: `${path} is made when something is stored` };
  } catch (cause) {
    const text = `the folder ${path} can't be made in ${above}`;
    const hint = 'Choose a folder that you may write to with --data-dir or runtime.storage.path.';
    return failed('data', new SpellError('STORAGE_READ_ONLY', text, { hint, cause }));
  }
}

function engineCheck(runtime: Runtime, folder: string): Check {
  const name = 'engine';
  try {
    const source = Buffer.from('return 1');
    const script = scriptFromSource(source, { name, chunkName: '=doctor', folder });
    const error = runtime.check(script);
    if (error !== undefined) return failed(name, error);
    const { engine } = runtime.config.lua;
    return { name, state: 'ok', text: `${engine}, on Node ${process.versions.node}` };
  } catch (thrown) {
    return failed(name, thrown);
  }
}

async function hashCheck(): Promise<Check> {
  const name = 'hashes';
  if (await hasNativeHash()) return { name, state: 'ok', text: 'by the native package' };
  const text = 'without the native package @napi-rs/blake-hash: large contents take longer';
  return { name, state: 'remark', text };
}

async function providerChecks({ llm }: Runtime): Promise<Check[]> {
  const name = 'models';
  const providers = await llm.providers();
  if (providers.length === 0) return [{ name, state: 'remark', text: 'no provider is configured' }];
  return providers.map(({ name: provider, hasKey, apiKeyEnv }): Check => {
    if (hasKey) return { name, state: 'ok', text: provider };
    const text = `${provider}: the environment variable ${apiKeyEnv} is not set`;
    return { name, state: 'remark', text };
  });
}

function failed(name: string, thrown: unknown): Check {
  const error = toSpellError(thrown);
  return { name, state: 'failed', text: `${error.message} [${error.code}]`, error };
}

function toJson({ rules, tools, checks }: Report): HostObject {
  return {
    policy: rules.map(({ key, values, origin }) => ({ key, values: [...values], origin })),
    tools: tools.map((tool) => ({ ...tool })),
    checks: checks.map(({ name, state, text, error }) => ({
      name,
      state,
      text,
      code: error?.code ?? null,
      hint: error?.hint ?? null,
    })),
  };
}

const RULES: readonly Column<PolicyRule>[] = [
  { title: 'OPEN', text: ({ title }) => title },
  { title: 'WHAT', text: ({ values }) => (values.length === 0 ? '-' : values.join(', ')) },
  { title: 'BY', text: ({ values, origin }) => (values.length === 0 ? '' : origin) },
];

const CHECKS: readonly Column<Check>[] = [
  { title: 'CHECK', text: ({ name }) => name },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'DETAILS', text: ({ text }) => text },
];

async function print(terminal: Terminal, { rules, tools, checks }: Report): Promise<void> {
  const paint = await terminal.paint(1);
  terminal.out(`${tableText(rules, RULES, paint)}\n`);
  terminal.out(`${toolsText(tools)}\n\n`);
  terminal.out(tableText(checks, CHECKS, paint));
}

/** `25 tools run; never process-executor (deny_tools)` */
function toolsText(tools: readonly ToolVerdict[]): string {
  const run = tools.filter(({ state }) => state === 'open').length;
  const named = (state: ToolVerdict['state']) =>
    tools.filter((tool) => tool.state === state).map(({ name, rule }) => `${name} (${rule})`);
  const parts = [
    `${run} ${run === 1 ? 'tool runs' : 'tools run'}`,
    ...(named('asks').length > 0 ? [`asked before: ${named('asks').join(', ')}`] : []),
    ...(named('closed').length > 0 ? [`never: ${named('closed').join(', ')}`] : []),
  ];
  return parts.join('; ');
}
