import { type ChildProcess, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startMock } from '../fixtures/mock-of-makers.js';
import { startModelServer } from '../fixtures/model-server.js';
import { type CallOptions, type Ended, ended, type Machine, machine } from './command-line.js';

const ANSWERS = `
[[rule]]
contains = "slowly"
text = "one two three four five six seven eight nine ten"
chunk_delay_ms = 2000

[[rule]]
contains = "be down"
error = { message = "nobody is there" }

[[rule]]
contains = "steer"
text = "red: \\u001b[31m!"

[[rule]]
contains = "which turn"
text = "turn {{turn}}"

[[rule]]
after_tool = "json-processor"
text = "It is {{tool_result}}."

[[rule]]
contains = "look"
has_tool = "json-processor"
text = "Let me see."
tool_calls = [{ name = "json-processor", arguments = { operation = "parse", input = "[1,2]" } }]

[[rule]]
system = "pirate"
text = "Arr!"

[[rule]]
text = "{{model}} heard: {{input}}"
`;

const SETTINGS = `
[providers.demo]
provider_type = "scripted"
script = "answers.toml"
default_model = "small"
max_retries = 0

[providers.other]
provider_type = "scripted"
script = "answers.toml"
default_model = "large"
`;

function userWithModels(): Machine {
  const user = machine();
  user.write('answers.toml', ANSWERS);
  user.write('llmspell.toml', SETTINGS);
  return user;
}

function say(
  user: Machine,
  lines: readonly string[],
  args: readonly string[] = [],
  options: CallOptions = {},
): Promise<Ended> {
  const input = lines.map((line) => `${line}\n`).join('');
  return user.call(['chat', ...args], { input, ...options });
}

function sessionIn({ stderr }: Pick<Ended, 'stderr'>): string {
  return /^session (\S+)/m.exec(stderr)?.[1] ?? '';
}

describe('a chat over a pipe', () => {
  test('prints the answers, and nothing else on standard output', async () => {
    const user = userWithModels();
    const { status, stdout, stderr } = await user.call(['chat'], { input: 'Hello' });
    expect([status, stdout]).toEqual([0, 'small heard: Hello\n']);
    expect(stderr).toMatch(/^session [0-9a-f-]{36}\n$/);
    const quiet = await say(user, ['Hello'], ['-q']);
    expect([quiet.stdout, quiet.stderr]).toEqual(['small heard: Hello\n', '']);
  });

  test('has a turn for each line, and leaves out empty ones', async () => {
    const user = userWithModels();
    const end = await say(user, ['a', '', '  ', 'which turn?', '//exit']);
    expect(end.stdout).toBe('small heard: a\nturn 2\nsmall heard: /exit\n');
    const { data } = await user.json(['session', 'list']);
    expect(data.items).toMatchObject([{ name: 'a', message_count: 6, status: 'active' }]);
  });

  test('goes on in a session', async () => {
    const user = userWithModels();
    const session = sessionIn(await say(user, ['a']));
    const { stdout, stderr } = await say(user, ['which turn?'], ['--session', session]);
    expect(stdout).toBe('turn 2\n');
    expect(stderr).toBe(`session ${session} "a", 2 messages\n`);
  });

  test('wakes a session that rests, and says nothing in one that has ended', async () => {
    const user = userWithModels();
    await user.call(['eval', 'Session.suspend(Session.create{session_id="rests"})']);
    await user.call(['eval', 'Session.complete(Session.create{session_id="over"})']);
    const woken = await say(user, ['a'], ['--session', 'rests']);
    expect([woken.status, woken.stdout]).toEqual([0, 'small heard: a\n']);
    const refused = await say(user, ['a'], ['--session', 'over']);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('[SESSION_STATE]');
  });

  test('takes the system prompt, the title, the model and the provider', async () => {
    const user = userWithModels();
    const pirate = await say(user, ['a'], ['--system', 'You are a pirate', '--title', 'Sea']);
    expect(pirate.stdout).toBe('Arr!\n');
    const { data } = await user.json(['session', 'show', sessionIn(pirate)]);
    expect(data.name).toBe('Sea');
    expect((await say(user, ['a'], ['--model', 'tiny'])).stdout).toBe('tiny heard: a\n');
    expect((await say(user, ['a'], ['--model', 'other/x'])).stdout).toBe('x heard: a\n');
    const other = await say(user, ['a'], ['--provider', 'other']);
    expect(other.stdout).toBe('large heard: a\n');
    // It stays with the session.
    const later = await say(user, ['b'], ['--session', sessionIn(other)]);
    expect(later.stdout).toBe('large heard: b\n');
  });

  test('tells of an error, goes on, and ends with the status of the first one', async () => {
    const user = userWithModels();
    const { status, stdout, stderr } = await say(user, ['a', 'be down', '/histroy', 'which turn?']);
    expect(status).toBe(5);
    expect(stdout).toBe('small heard: a\nturn 2\n');
    expect(stderr).toContain('nobody is there [PROVIDER_UNREACHABLE]');
    expect(stderr).toContain(
      'there is no command /histroy [USAGE]\n  hint: Did you mean "/history"?',
    );
    expect(stderr).not.toContain('chat:');
  });

  test.each([
    [['--json'], 2, 'USAGE'],
    [['--session', 'x', '--title', 'y'], 2, 'USAGE'],
    [['--session', 'none'], 4, 'SESSION_NOT_FOUND'],
    [['--provider', 'dmeo'], 4, 'PROVIDER_NOT_FOUND'],
  ])('refuses %j', async (args, status, code) => {
    const end = await say(userWithModels(), ['a'], args);
    expect(end.status).toBe(status);
    expect(end.stdout + end.stderr).toContain(code);
  });

  test('says what to set up when no model is there', async () => {
    const { status, stderr } = await say(machine(), ['a']);
    expect(status).toBe(4);
    expect(stderr).toContain('no provider of models is configured [PROVIDER_NOT_FOUND]');
    expect(stderr).toContain('Set OPENAI_API_KEY');
  });

  test('prints the events of its turns with --jsonl', async () => {
    const { stdout } = await say(userWithModels(), ['a', 'b'], ['--jsonl']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ends = events.filter(({ type }) => type === 'run.end');
    expect(ends.map(({ status }) => status)).toEqual(['completed', 'completed']);
    const told = events.filter(({ type }) => type === 'llm.delta').map(({ text }) => text);
    expect(told.join('')).toBe('small heard: asmall heard: b');
  });

  test('keeps nothing behind the process without storage', async () => {
    const { status, stdout } = await say(
      userWithModels(),
      ['a', 'which turn?'],
      ['--storage=memory'],
    );
    expect([status, stdout]).toEqual([0, 'small heard: a\nturn 2\n']);
  });

  test('hands answers on as they are', async () => {
    expect((await say(userWithModels(), ['steer'])).stdout).toBe('red: \u001b[31m!\n');
  });
});

describe('the commands of a chat', () => {
  test('load, history, model', async () => {
    const user = userWithModels();
    const first = sessionIn(await say(user, ['a']));
    const lines = ['b', `/load ${first.slice(0, 30)}`, '/history', '/model other', 'c', '/model'];
    const end = await say(user, lines);
    expect(end.stdout).toBe(
      'small heard: b\nuser msg_1\n  a\nassistant msg_2\n  small heard: a\nlarge heard: c\n',
    );
    expect(end.stderr).toContain(`session ${first} "a", 2 messages\n`);
    expect(end.stderr.match(/other\/large answers/g)).toHaveLength(2);
  });

  test('list marks the session that is talked in', async () => {
    const user = userWithModels();
    await user.call(['eval', 'Session.create{name="Silent"}']);
    await say(user, ['a']);
    const { stdout } = await say(user, ['b', '/list']);
    expect(stdout).toMatch(
      /^small heard: b\n +ID +UPDATED +MESSAGES +NAME\n\* .* 2 +b\n .* 2 +a\n$/,
    );
  });

  test('fork goes on in a copy, up to a message where one is named', async () => {
    const user = userWithModels();
    const first = sessionIn(await say(user, ['a', 'b']));
    const end = await say(user, ['/fork 2', 'which turn?', '/fork', 'd'], ['--session', first]);
    expect(end.stdout).toBe('turn 2\nsmall heard: d\n');
    const { data } = await user.json(['session', 'list']);
    const counts = data.items.map((item: { message_count: number }) => item.message_count);
    expect(counts.sort()).toEqual([4, 4, 6]);
    const missing = await say(user, ['/fork 99'], ['--session', first]);
    expect([missing.status, missing.stderr]).toEqual([
      4,
      expect.stringContaining('MESSAGE_NOT_FOUND'),
    ]);
  });

  test('save writes a file that another machine takes in', async () => {
    const user = userWithModels();
    const saved = await say(user, ['a', '/save', '/save talk.json', '/save no/such/folder.json']);
    expect(saved.status).toBe(1);
    expect(saved.stderr).toContain('saved in talk.json\n');
    expect(saved.stderr).toContain('[FILE_');
    const file = join(user.folder, `${sessionIn(saved)}.json`);
    expect(JSON.parse(readFileSync(file, 'utf8')).messages).toHaveLength(2);
    const other = userWithModels();
    other.write('talk.json', readFileSync(join(user.folder, 'talk.json')));
    const { stdout } = await other.call(['session', 'import', 'talk.json']);
    expect((await say(other, ['which turn?'], ['--session', stdout.trim()])).stdout).toBe(
      'turn 2\n',
    );
  });

  test('save writes below the folder of the user', async () => {
    const user = userWithModels();
    const { stderr } = await say(user, ['a', '/save ~/talk.json', '/save ~nobody.json']);
    expect(stderr).toContain(`saved in ${user.home}/talk.json\n`);
    const saved = JSON.parse(readFileSync(join(user.home, 'talk.json'), 'utf8'));
    expect(saved.messages).toHaveLength(2);
    expect(readFileSync(join(user.folder, '~nobody.json'), 'utf8')).toContain('small heard: a');
  });

  test('exit ends, help lists them all, and mistakes say how they are written', async () => {
    const user = userWithModels();
    const end = await say(user, ['/help', '/load', '/history now', '/save', '/exit', 'a']);
    for (const name of [
      'list',
      'load',
      'model',
      'save',
      'fork',
      'history',
      'tools',
      'help',
      'exit',
    ]) {
      expect(end.stdout).toMatch(new RegExp(`^/${name} `, 'm'));
    }
    expect(end.stderr).toContain('/load needs <id> [USAGE]');
    expect(end.stderr).toContain('/history takes nothing [USAGE]');
    expect(end.stderr).toContain('nothing was said here [NO_CURRENT_SESSION]');
    expect(end.stdout).not.toContain('heard');
    expect(end.status).toBe(2);
  });
});

describe('what is said at once', () => {
  test('is a line, lines behind backslashes, or what stands between quotation marks', async () => {
    const user = userWithModels();
    const { status, stdout } = await say(user, [
      'one \\',
      '  two\\',
      'three',
      'C:\\\\',
      '"""',
      '',
      '/help \\',
      '//x',
      '"""',
      '"""begins here',
      'ends here"""',
      '"""all on one line"""',
      '""""""',
      '//exit \\',
      '/help',
    ]);
    expect([status, stdout]).toEqual([
      0,
      [
        'small heard: one \n  two\nthree',
        'small heard: C:\\\\',
        'small heard: \n/help \\\n//x',
        'small heard: begins here\nends here',
        'small heard: all on one line',
        'small heard: /exit \n/help\n',
      ].join('\n'),
    ]);
  });

  test.each([
    ['a backslash', 'a\nfor ever\\', 'for ever'],
    ['quotation marks', 'a\n"""for\never', 'for\never'],
  ])('ends with the pipe that ends behind %s', async (_, input, last) => {
    const { status, stdout } = await userWithModels().call(['chat'], { input });
    expect([status, stdout]).toEqual([0, `small heard: a\nsmall heard: ${last}\n`]);
  });
});

describe('tools', () => {
  /** The order of the arguments is none. */
  const CALL = /json-processor \{(?=.*"input":"\[1,2\]")(?=.*"operation":"parse").*\}\n/;

  test('are called where the option or the command offers them, a line for each call', async () => {
    const user = userWithModels();
    const end = await say(user, ['look', 'b'], ['--tool', 'json-processor']);
    expect(end.status).toBe(0);
    expect(end.stdout).toBe('Let me see.\nIt is [1,2].\nsmall heard: b\n');
    expect(end.stderr).toMatch(new RegExp(`^session .*\n${CALL.source}$`));
    const session = sessionIn(end);
    const lines = ['look', '/tools json-processor, compression', 'look', '/tools none', 'look'];
    const later = await say(user, lines, ['--session', session]);
    expect(later.stdout).toBe('small heard: look\nLet me see.\nIt is [1,2].\nsmall heard: look\n');
    expect(later.stderr).toMatch(
      new RegExp(
        `^session ${session} "look", 6 messages\n` +
          'the model may call json-processor, compression\n' +
          `${CALL.source}the model may call no tools\n$`,
      ),
    );
  });

  test('are told by --jsonl, and not at all with --quiet', async () => {
    const offered = ['--tool', 'json-processor'];
    const { stdout, stderr } = await say(userWithModels(), ['look'], [...offered, '--jsonl']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = events.filter(({ type }) => type === 'stderr');
    expect(told).toMatchObject([{ text: expect.stringMatching(CALL) }]);
    expect(stderr).not.toContain('json-processor');
    const quiet = await say(userWithModels(), ['look'], [...offered, '--quiet']);
    expect([quiet.stdout, quiet.stderr]).toEqual(['Let me see.\nIt is [1,2].\n', '']);
  });

  test('that there are not, or must not run, are refused before anything is said', async () => {
    const user = userWithModels();
    const unknown = await say(user, ['a'], ['--tool', 'json-procesor']);
    expect([unknown.status, unknown.stdout]).toEqual([4, '']);
    expect(unknown.stderr).toContain('Did you mean "json-processor"?');
    user.write('llmspell.toml', `${SETTINGS}\n[runtime.security]\ndeny_tools = ["json-*"]\n`);
    const denied = await say(user, ['/tools json-processor', 'a'], []);
    expect([denied.status, denied.stdout]).toEqual([6, 'small heard: a\n']);
    expect(denied.stderr).toContain('[POLICY_DENIED]');
    expect((await say(user, ['a'], ['--tool', 'json-processor'])).status).toBe(6);
  });

  test('list shows which the model may call', async () => {
    const { stdout } = await say(userWithModels(), ['/tools'], ['--tool', 'compression']);
    expect(stdout).toMatch(/^ +NAME +EFFECT +DESCRIPTION\n/);
    expect(stdout).toMatch(/^ +json-processor +pure /m);
    const callable = stdout.split('\n').filter((line) => line.startsWith('*'));
    expect(callable).toEqual([expect.stringMatching(/^\* +compression +pure /)]);
  });

  test('Ctrl-C behind a round of them leaves that round', async () => {
    const server = await startModelServer(({ messages }) =>
      messages.at(-1).role === 'tool'
        ? { text: 'one two three', silentAfter: 2 }
        : { calls: [{ id: 'c', name: 'json-processor', arguments: PARSE }] },
    );
    const user = machine();
    user.write('llmspell.toml', settingsOf(server.url));
    const child = user.start(['chat', '--tool', 'json-processor']);
    const end = ended(child);
    child.stdin?.write('look\n');
    await shown(child, 'one');
    child.kill('SIGINT');
    const { status, stderr } = await end;
    expect(status).toBe(130);
    expect(stderr).toContain('stopped; what tools have answered is kept\n');
    const { stdout } = await say(user, ['/history'], ['--session', sessionIn({ stderr })]);
    expect(stdout.match(/^\w+/gm)).toEqual(['user', 'assistant', 'tool']);
  });
});

const PARSE = '{"operation":"parse","input":"{}"}';

function settingsOf(url: string): string {
  const lines = [
    '[providers.local]',
    'provider_type = "openai"',
    `base_url = "${url}"`,
    'default_model = "m"',
  ];
  return `${lines.join('\n')}\n`;
}

describe('limits', () => {
  test.each([
    [['--max-tokens-total', '420'], '420 tokens are used'],
    [['--max-cost', '0.00042'], 'of 0.00042 USD are spent'],
  ])('%j hold for all turns', async (limit, told) => {
    const server = await startModelServer([{ text: 'Yes.', usage: { input: 100, output: 100 } }]);
    const user = machine();
    user.write(
      'llmspell.toml',
      `${settingsOf(server.url)}max_tokens = 100\n[models.m]\ninput_price = 1\noutput_price = 1\n`,
    );
    const end = await say(user, ['a', 'b', 'c', '/exit'], limit);
    expect([end.status, end.stdout]).toEqual([8, 'Yes.\nYes.\n']);
    expect(end.stderr).toContain('the call could exceed the budget: ');
    expect(end.stderr).toContain(told);
    expect(end.stderr).toContain('[LIMIT_BUDGET]');
    expect(server.requests).toHaveLength(2);
  });
});

describe('with a server of models', () => {
  test.each(['openai', 'anthropic'] as const)('%s', async (protocol) => {
    const url = await startMock([{ text: 'Good morning.' }, { text: 'Good night.' }], protocol);
    const user = machine();
    user.write(
      'llmspell.toml',
      `[providers.maker]\nprovider_type = "${protocol}"\nbase_url = "${url}${protocol === 'openai' ? '/v1' : ''}"\n` +
        'api_key_env = "MY_KEY"\ndefault_model = "m"\n',
    );
    const env = { MY_KEY: 'sk-0123456789' };
    const { status, stdout } = await say(user, ['Hi', 'Bye'], [], { env });
    expect([status, stdout]).toEqual([0, 'Good morning.\nGood night.\n']);
  });
});

describe('a chat that is killed', () => {
  test('has kept what was answered, and completes the rest when it goes on', async () => {
    const server = await startModelServer([
      { text: 'First.' },
      { text: 'Second, in part.', silentAfter: 2 },
      { text: 'Second, whole.' },
      { text: 'Third.' },
    ]);
    const user = machine();
    user.write('llmspell.toml', settingsOf(server.url));
    const child = user.start(['chat']);
    const end = ended(child);
    child.stdin?.write('one\ntwo\n');
    await shown(child, 'Second,');
    child.kill('SIGKILL');
    const session = sessionIn(await end);
    expect(server.requests).toHaveLength(2);
    const later = await say(user, ['three', '/history'], ['--session', session]);
    expect(later.stdout).toMatch(/^Third\.\n/);
    expect(later.stderr).toContain('unanswered so far: two\nSecond, whole.\n');
    expect(later.stdout.match(/^ {2}.*$/gm)).toEqual([
      '  one',
      '  First.',
      '  two',
      '  Second, whole.',
      '  three',
      '  Third.',
    ]);
    expect(server.requests).toHaveLength(4);
  });
});

describe('Ctrl-C', () => {
  test('ends a chat over a pipe in the middle of an answer with 130', async () => {
    const user = userWithModels();
    const child = user.start(['chat']);
    const end = ended(child);
    child.stdin?.write('tell slowly\nanother\n');
    await shown(child, 'one');
    child.kill('SIGINT');
    const { status, stdout, stderr } = await end;
    expect(status).toBe(130);
    expect(stdout).not.toContain('another');
    expect(stderr).toContain('stopped; what was said is not kept');
    // Nobody wants that answer any more.
    const { data } = await user.json(['runs']);
    expect(data.items).toMatchObject([{ status: 'failed', error: { code: 'STOPPED' } }]);
    const later = await say(user, ['which turn?'], ['--session', sessionIn({ stderr })]);
    expect(later.stdout).toBe('turn 1\n');
  });

  test('ends a chat that waits for a line of a pipe', async () => {
    const child = userWithModels().start(['chat']);
    const end = ended(child);
    child.stdin?.write('a\n');
    await shown(child, 'heard: a\n');
    child.kill('SIGINT');
    expect((await end).status).toBe(130);
  });
});

/** `script` of util-linux gives a program a terminal. */
const HAS_SCRIPT = succeeds(() => execFileSync('script', ['--version'], { stdio: 'ignore' }));

describe.skipIf(!HAS_SCRIPT)('a chat in a terminal', () => {
  const CTRL_C = '\u0003';
  const CTRL_D = '\u0004';
  const UP = '\u001b[A';

  test('Ctrl-C stops the answer and not the program, Ctrl-D ends it', async () => {
    const screen = new Screen(userWithModels().terminal('chat --no-color'));
    await screen.shows('demo/small answers; /help lists the commands');
    await screen.type('tell slowly\r', 'one');
    await screen.type(CTRL_C, 'stopped; what was said is not kept');
    await screen.shows('> ');
    await screen.type('which turn?\r', 'turn 1');
    await screen.shows('> ');
    await screen.type(CTRL_D, 'go on with: llmspell chat --session ');
    expect(await screen.status).toBe(0);
  });

  test('Ctrl-C twice at the prompt ends with 130, once clears the line', async () => {
    const screen = new Screen(userWithModels().terminal('chat --no-color'));
    await screen.shows('> ');
    await screen.type(`never said${CTRL_C}`, 'Ctrl-C once more ends the chat');
    await screen.shows('> ');
    await screen.type('a\r', 'small heard: a\r\n');
    await screen.shows('> ');
    await screen.type(CTRL_C, 'Ctrl-C once more ends the chat');
    await screen.shows('> ');
    await screen.type(CTRL_C, '');
    expect(await screen.status).toBe(130);
  });

  test('has a history, that of the session included, and completes commands', async () => {
    const user = userWithModels();
    const session = sessionIn(await say(user, ['a question of before']));
    const screen = new Screen(user.terminal(`chat --no-color --session ${session}`));
    await screen.shows('> ');
    await screen.type(UP, 'a question of before');
    await screen.type('\r', 'small heard: a question of before');
    await screen.shows('> ');
    await screen.type('/hel', '/hel');
    await screen.type('\t', 'p');
    await screen.type('\r', '/exit');
    await screen.shows('> ');
    await screen.type('/exit\r', 'go on with');
    expect(await screen.status).toBe(0);
  });

  test('lines of earlier chats come back with a key, and nobody else reads them', async () => {
    const user = userWithModels();
    const file = join(user.home, '.local/state/llmspell/chat-history');
    await say(user, ['over a pipe']);
    expect(existsSync(file)).toBe(false);
    const first = new Screen(user.terminal('chat --no-color'));
    await first.shows('> ');
    for (const [typed, shown] of [
      ['two \\\r', '. '],
      ['lines\r', 'small heard: two \r\nlines'],
      ['  \r', '> '],
      ['a\r', 'small heard: a'],
      ['a\r', 'small heard: a'],
      [CTRL_D, 'go on with'],
    ] as const) {
      await first.type(typed, shown);
      if (shown.startsWith('small')) await first.shows('> ');
    }
    expect(await first.status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('two \\\nlines\na\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    const second = new Screen(user.terminal('chat --no-color'));
    await second.shows('> ');
    await second.type(UP, 'a');
    await second.type(UP, 'lines');
    await second.type('\r', 'small heard: lines');
    await second.shows('> ');
    await second.type(CTRL_D, 'go on with');
    await second.status;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe('two \\\nlines\na\nlines\n');
    const silent = new Screen(user.terminal('chat --no-color --storage memory'));
    await silent.shows('> ');
    await silent.type('not kept\r', 'heard: not kept');
    await silent.shows('> ');
    await silent.type(CTRL_D, 'go on with');
    await silent.status;
    expect(readFileSync(file, 'utf8')).not.toContain('not kept');
  });

  test('the lines that are kept are bounded, and hold no secret', async () => {
    const user = userWithModels();
    user.write('llmspell.toml', `${SETTINGS}\n[runtime.security]\nsecrets = ["MY_TOKEN"]\n`);
    const file = join(user.home, '.local/state/llmspell/chat-history');
    mkdirSync(dirname(file), { recursive: true });
    const old = Array.from({ length: 5000 }, (_, i) => `line ${i}`);
    writeFileSync(file, `${old.join('\n')}\n`);
    const screen = new Screen(user.terminal('chat --no-color', { MY_TOKEN: 'tok-0123456789' }));
    await screen.shows('> ');
    await screen.type('use tok-0123456789\r', 'small heard: ');
    await screen.shows('> ');
    await screen.type(CTRL_D, 'go on with');
    await screen.status;
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines).toHaveLength(1001);
    expect(lines.slice(-3)).toEqual(['line 4999', 'use [secret MY_TOKEN]', '']);
  });

  test('a history that cannot be kept is told of once, and the chat goes on', async () => {
    const user = userWithModels();
    mkdirSync(join(user.home, '.local/state/llmspell/chat-history'), { recursive: true });
    const screen = new Screen(user.terminal('chat --no-color'));
    await screen.shows('warning: what is typed is not kept: ');
    await screen.shows('> ');
    await screen.type('a\r', 'small heard: a');
    await screen.shows('> ');
    await screen.type(CTRL_D, 'go on with');
    expect(await screen.status).toBe(0);
  });

  test('Ctrl-C and Ctrl-D give up what was begun', async () => {
    const screen = new Screen(userWithModels().terminal('chat --no-color'));
    await screen.shows('> ');
    await screen.type('"""never\r', '. ');
    await screen.type(`said${CTRL_C}`, 'Ctrl-C once more ends the chat');
    await screen.shows('> ');
    await screen.type('a\r', 'small heard: a\r\n');
    await screen.shows('> ');
    await screen.type('never \\\r', '. ');
    await screen.type(CTRL_D, 'go on with');
    expect(await screen.status).toBe(0);
  });

  test('Ctrl-C stops a tool loop and not the program', async () => {
    const server = await startModelServer([
      { calls: [{ id: 'c', name: 'json-processor', arguments: PARSE }] },
      { text: 'one two', silentAfter: 2 },
      { text: 'Better.' },
    ]);
    const user = machine();
    user.write('llmspell.toml', settingsOf(server.url));
    const screen = new Screen(user.terminal('chat --tool json-processor'));
    await screen.shows('> ');
    await screen.type('look\r', '\u001b[2mjson-processor {"');
    await screen.shows('one');
    await screen.type(CTRL_C, 'stopped; what tools have answered is kept');
    await screen.shows('> ');
    await screen.type('and now?\r', 'Better.');
    await screen.shows('> ');
    await screen.type(CTRL_D, 'go on with');
    expect(await screen.status).toBe(0);
  });

  test('answers do not steer the terminal', async () => {
    const screen = new Screen(userWithModels().terminal('chat --no-color'));
    await screen.shows('> ');
    await screen.type('steer\r', 'red: \\x1b[31m!');
    await screen.shows('> ');
    await screen.type(CTRL_D, 'go on with');
    expect(await screen.status).toBe(0);
  });
});

/** What a terminal shows, looked at piece by piece. */
class Screen {
  readonly status: Promise<number | null>;
  #unseen = '';
  #all = '';
  #news: (() => void) | undefined;

  constructor(private readonly child: ChildProcess) {
    this.status = ended(child).then(({ status }) => status);
    child.stdout?.on('data', (piece) => {
      this.#unseen += piece;
      this.#all += piece;
      this.#news?.();
    });
    child.on('close', () => this.#news?.());
  }

  /** Resolves when this has appeared behind what was looked for last. */
  async shows(text: string): Promise<void> {
    for (;;) {
      const at = this.#unseen.indexOf(text);
      if (at !== -1) {
        this.#unseen = this.#unseen.slice(at + text.length);
        return;
      }
      if (this.child.exitCode !== null) throw new Error(`ended without ${text}: ${this.#all}`);
      await new Promise<void>((resolve) => {
        this.#news = resolve;
      });
    }
  }

  async type(keys: string, expected: string): Promise<void> {
    this.child.stdin?.write(keys);
    await this.shows(expected);
  }
}

/** Resolves when the process has written this text to standard output. */
function shown(child: ChildProcess, text: string): Promise<void> {
  let all = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (piece) => {
      all += piece;
      if (all.includes(text)) resolve();
    });
    child.on('close', () => reject(new Error(`ended without ${text}: ${all}`)));
  });
}

function succeeds(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
