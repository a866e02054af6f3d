/** Runs every example as a reader would: with the configuration of this repository, and a second time after it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'examples/lua');

/** A line or two of what each example prints. */
const PRINTS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'artifacts.lua': [
    'by John Doe, version 2',
    'share one content: true',
    'log-2.txt has 2000 lines',
  ],
  'checkpointing.lua': ['Going on after 2 checkpoints', 'Done with report after analyze'],
  'approval.lua': ['Deploying build 12: denied: nobody came\nSession: failed\n'],
  'assistant.lua': [
    'Ada: Hello! Which trip are you planning?',
    'forecast for Bern',
    'It will be 4 degrees in Bern, so take a coat.',
    'Bern 4, Lugano 12',
    /\d+ messages, \d+ answers, \d+ tokens/,
  ],
  'clean-up.lua': ['take the finished session: true', 'still there: nil', 'files deleted: 2'],
  'configuration.lua': [/an artifact of 20 KB +[0-9a-f-]{36}\n/, 'decided by runtime.security'],
  'conversation.lua': [
    '[other] Think of a coin that spins',
    /It is \d\d:\d\d:\d\d\. \(after 1 call of a tool\)\n {2}13 messages in the form of openai\n/,
    'Loaded: 13 messages, the first from the system',
    'We had found a picture for qubits',
    '7 answers, ',
  ],
  'conversation-record.lua': [
    'Ways on from the question:\t2',
    'The copy:\t3\tThe merge:\t6',
    'Exported and imported:\ttrue',
    'false\tSESSION_STATE\t4',
  ],
  'decision.lua': ['Decision: repair', 'Please send the notebook back'],
  'durable-agent.lua': ['5/5 forecast', 'Findings: revenue=7 returns=7 stock=5', 'Artifacts: 5'],
  'parallel.lua': [
    /archive +42\nlibrary +42\nmuseum +the museum is closed\nregistry +48\n/,
    'At once: 3\nAnswers: a1+b1, c2+d2',
  ],
  'invoice.lua': ['The invoice is sent', '2 reminders, then it goes to a lawyer'],
  'model-choice.lua': [
    'small is suitable: false, its max_context_tokens is 16000',
    'other answered, 41 tokens\n  main had failed: PROVIDER_UNREACHABLE\n',
    'completed, 2 artifacts, 1 response',
  ],
  'performance.lua': [/sort +done +[\d.]+ ms/, /break +failed/],
  'prompt-files.lua': [
    'Bern has arcades of six kilometres',
    'The museums on the first day, the Rhine on the second.',
    "facts.md:8: the variable 'month' has no value",
  ],
  'prompt-graph.lua': [
    'Level 1: north, south\nLevel 2: alarm, report\n',
    'Group: 3 of 4 completed, 1 skipped',
    'lookup failed, PROVIDER_UNREACHABLE\n  after  blocked, DEPENDENCY_FAILED\n  beside completed',
    '    report\n    alarm\n',
  ],
  'publish-subscribe.lua': ['order: 12 x Notebook', '15 units in all', 'sports: 0 messages'],
  'querying.lua': [/final figures +4: west-q4.csv east-q4.csv/, /of the last hour, newest 3 +3:/],
  'quickstart.lua': [
    'Revenue: 112804.05 from 46 sales',
    '2 rows could not be read',
    /Session \w+-/,
  ],
  'retries.lua': ['Flaky service: 42 after 3 attempts', 'connection 2 was refused'],
  'routing.lua': [
    '[scripted:small, local: this machine has room; machine available]',
    'Chat ended: true\nExported: 6 messages',
  ],
  'safe-execution.lua': [/Add up +completed/, /missing file +failed .*No such file or directory/],
  'second-try.lua': ['Run examples/lua/checkpointing.lua first'],
  'session-lifecycle.lua': ['SESSION_STATE: cannot resume a completed session', 'failed: 3 rows'],
  'session-templates.lua': [
    'DataPipeline-returns',
    '"max_retries":5',
    "unknown template 'unknown'; there are",
  ],
  'support-sessions.lua': [
    'msg_4 assistant: Please start the installer',
    'Imported: 4 messages under another id',
    '4 messages here, 6 there',
    'Combined Support Case: 10 messages, current: true',
  ],
  'tools/archive-handler.lua': [
    'zip: 2 files, 27 bytes\n  report\n',
    'tar.gz: 2 files',
    '2 files unpacked',
    'exists in the target folder',
  ],
  'tools/base64-encoder.lua': ['Z3LDvMOfZSE=', 'grüße!', 'position 4'],
  'tools/calculator.lua': ['95.2', 'position 6', 'unknown names: rate'],
  'tools/compression.lua': [/brotli +\d+ bytes, the same text: true/, 'TOO_LARGE'],
  'tools/csv-analyzer.lua': ['units: integer, 5 to 40', 'lamp,north,40,480', 'row 2: region'],
  'tools/data-validator.lua': ['valid: false', '/age value must be at most 120, is 200'],
  'tools/datetime-handler.lua': ['is 18:00 in Zurich', '2026-02-28', /^now: \d{4}-/m],
  'tools/diff-calculator.lua': ['-timeout = 10\n+timeout = 30', '~ /retries: 3 -> 5'],
  'tools/hash-calculator.lua': ['ba7816bf8f01cfea', 'unchanged: true', 'unchanged: false'],
  'tools/graphql-query.lua': ['POLICY_DENIED: the host countries.trevorblades.com:443'],
  'tools/service-checker.lua': ['localhost:5432\tPOLICY_DENIED'],
  'tools/sitemap-crawler.lua': ['POLICY_DENIED: the host www.iana.org:443'],
  'tools/web-scraper.lua': ['POLICY_DENIED: the host www.lua.org:443'],
  'tools/webhook-caller.lua': ['POLICY_DENIED: the host hooks.example.com:443'],
  'tools/http-requester.lua': ['POLICY_DENIED: the host api.github.com:443', 'network_hosts = '],
  'tools/json-processor.lua': ['Ada, Cleo', 'north 30\nsouth 12', '/age must be integer'],
  'tools/template-creator.lua': ['1. Desk lamp (2)', 'nothing was ordered'],
  'tools/text-manipulator.lua': ['http_request_count', 'ada@example.com, bob@example.org'],
  'tools/url-analyzer.lua': ['example.com', 'page = 2'],
  'tools/environment-reader.lua': [
    'OPENAI_API_KEY\ta secret',
    /PATH has \d+ folders/,
    'environment = ["LANG","PATH","HOME"]',
  ],
  'tools/file-converter.lua': [
    'latin1 to utf-8\t15 to 17 bytes',
    '2 ends of lines',
    'Grüße\n  again',
  ],
  'tools/file-operations.lua': ['started\ndone\n', 'kept.txt\tfile\t13', '3 deleted', '"/etc"]'],
  'tools/file-search.lua': [
    'more: true',
    /\d scripts use tools for files/,
    /sales-\S+\t1\d+ bytes/,
  ],
  'tools/file-watcher.lua': [/created\torders-\d\.csv/, 'timed out: true'],
  'tools/process-executor.lua': [
    'a b $HOME *\n',
    'apple\npear\n',
    'exit code 1',
    'TOOL_TIMEOUT\tthe program took longer than 200 ms',
    'commands = ["echo *","sort","false","sleep *","sort --output=/etc/passwd"]',
  ],
  'tools/system-monitor.lua': [/cpu +[\d.]+ % of \d+ cores/, /process +[\d.]+ MB/],
  'tools/mcp.lua': ['No MCP server is there'],
  'tools/uuid-generator.lua': [/time of v7: \d+/, 'the same again: true', 'agent_'],
  'troubleshooting.lua': ['TOOL_NOT_FOUND: there is no tool', '400000 bytes packed into 428'],
};

async function outputOf(runtime: Runtime, example: string): Promise<string> {
  let output = '';
  const onOutput = (_: string, bytes: Uint8Array) => {
    output += Buffer.from(bytes).toString();
  };
  await runtime.run(join(FOLDER, example), { onOutput });
  return output;
}

/** How an example says that it is run. */
function commandOf(example: string): { readonly line: string; readonly configPath: string } {
  const text = readFileSync(join(FOLDER, example), 'utf8');
  const command = new RegExp(`npx llmspell run (?:--config (\\S+) )?examples/lua/${example}`);
  const [line = '', config = 'llmspell.toml'] = command.exec(text) ?? [];
  return { line, configPath: join(ROOT, config) };
}

const examples = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.lua'))
  .sort();

describe.each(['memory', 'lmdb'] as const)('the examples on %s', (storage) => {
  it.each(examples)('%s', async (example) => {
    const dataDir = temporaryFolder();
    const { configPath } = commandOf(example);
    const runtime = await Runtime.open({ storage, dataDir, configPath });
    for (const time of ['first', 'second']) {
      const output = await outputOf(runtime, example);
      for (const expected of PRINTS[example] ?? []) expect(output, time).toMatch(expected);
    }
    expect((await runtime.sessions.stats()).open, 'sessions that were left open').toBe(0);
    await runtime.close();
  });
});

it('shows what the small limits of configuration.toml do', async () => {
  const configPath = join(FOLDER, 'configuration.toml');
  const runtime = await Runtime.open({ configPath });
  const output = await outputOf(runtime, 'configuration.lua');
  await runtime.close();
  for (const code of ['LIMIT_SESSIONS', 'LIMIT_ARTIFACTS', 'TOO_LARGE', 'POLICY_DENIED']) {
    expect(output).toContain(code);
  }
  expect(output).not.toMatch(/HOME +nil/);
});

describe('every example', () => {
  it.each(examples)('%s says what it shows and how to run it', (example) => {
    const text = readFileSync(join(FOLDER, example), 'utf8');
    expect(text).toMatch(/^-- [A-Z]/);
    expect(commandOf(example).line).toContain('npx llmspell run');
    expect(PRINTS).toHaveProperty([example]);
  });

  it('the quick start has fewer than 60 lines', () => {
    const text = readFileSync(join(FOLDER, 'quickstart.lua'), 'utf8');
    expect(text.split('\n').length).toBeLessThan(60);
  });
});
