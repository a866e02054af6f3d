/** Files and records with any bytes in them are read, or refused with an error that says why; nothing is half taken in. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { loadConfig } from '../../config/load.js';
import { decodeRecord, encodeRecord } from '../../runtime/base/encoding.js';
import { SpellError } from '../../runtime/base/errors.js';
import type { HostValue } from '../../runtime/base/value.js';
import { loadHash } from '../../runtime/content/content-address.js';
import { readBoot } from '../../runtime/engine/wasmoon/boot.js';
import { fieldsOf } from '../../runtime/journal/event-fields.js';
import {
  claimOf,
  decodeEntry,
  EMPTY_HEAD,
  type Hash,
} from '../../runtime/journal/journal-entry.js';
import type { JournalEvent } from '../../runtime/journal/journal-event.js';
import { damaged, fuzz } from './cases.js';

const folder = mkdtempSync(join(tmpdir(), 'llmspell-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The code of the error, which must be one of ours; `undefined` when there is none. */
async function codeOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (!(error instanceof SpellError)) throw error;
    return error.code;
  }
}

const toml = readFileSync('llmspell.toml');
const tomlToken = fc.constantFrom(
  ...[
    '[runtime.lua]\n',
    '[[a]]\n',
    '[providers.x]\n',
    'timeout_ms',
    'a',
    '=',
    '"',
    "'''",
    '[',
    ']',
    '{',
    '}',
    ',',
    '\n',
    '#',
  ],
  ...[
    '1',
    '1_0',
    '0x',
    '1e400',
    'nan',
    '-inf',
    'true',
    '1979-05-27',
    'T07:32',
    '.',
    '\\u0000',
    '\0',
    '__proto__',
    '\r',
  ],
);

fuzz(
  'a configuration holds, or is refused with its file',
  12,
  fc.asyncProperty(
    fc.oneof(
      damaged(toml),
      fc.array(tomlToken, { maxLength: 30 }).map((it) => Buffer.from(it.join(''))),
      fc.uint8Array({ maxLength: 60 }),
    ),
    async (bytes) => {
      const configPath = join(folder, 'llmspell.toml');
      writeFileSync(configPath, bytes);
      const options = { cwd: folder, env: {}, discover: false, configPath };
      try {
        const { config } = await loadConfig(options);
        expect(config.lua.memoryLimitBytes).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(SpellError);
        expect(error).toMatchObject({ code: 'CONFIG' });
        expect((error as SpellError).message).not.toBe('');
      }
    },
  ),
);

fuzz(
  'bytes are a record, or refused',
  10,
  fc.asyncProperty(
    fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      damaged(encodeRecord({ a: [1, 2.5, 'x', null, new Uint8Array(9)], b: { c: 2n ** 60n } })),
    ),
    async (bytes) => {
      expect([undefined, 'STORAGE_CORRUPT']).toContain(await codeOf(() => decodeRecord(bytes)));
    },
  ),
);

describe('entries of a journal', async () => {
  const hash: Hash = await loadHash();
  const event: JournalEvent = {
    type: 'start',
    script: 'a.lua',
    scriptHash: 'h',
    args: ['x'],
    seed: ['1'],
    build: 'b',
  };
  const sound = encodeRecord([2, 1, 5, fieldsOf(event)]);
  const ofVersion1 = encodeRecord({ v: 1, seq: 1, at: 5, event: { ...event } });

  const linked = (body: Uint8Array) =>
    Buffer.concat([hash(Buffer.concat([EMPTY_HEAD.hash, body])), body]);

  fuzz(
    'are read, or refused, also when their hash is right',
    10,
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 80 }),
        damaged(linked(sound)),
        damaged(sound).map(linked),
        damaged(ofVersion1).map(linked),
        fc.jsonValue().map((it) => linked(encodeRecord(it as HostValue))),
      ),
      async (bytes) => {
        const code = await codeOf(() => decodeEntry('run', EMPTY_HEAD, bytes, hash));
        const known = [undefined, 'JOURNAL_CORRUPT', 'STORAGE_CORRUPT', 'STORAGE_NEWER'];
        expect(known).toContain(code);
        const claim = claimOf(bytes);
        expect(claim === undefined || typeof claim.at === 'number').toBe(true);
      },
    ),
  );
});

fuzz(
  'the kept memory of a fresh VM is whole, or not used',
  8,
  fc.property(
    fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged(keptMemory()), headed(fc.json())),
    (bytes) => {
      const boot = readBoot({ read: () => bytes, write: () => {} }, 'sig');
      if (boot !== undefined)
        expect(boot.pages.every((page) => page.bytes.length === 4096)).toBe(true);
    },
  ),
);

function withHeader(text: string, memory = Buffer.alloc(0)): Buffer {
  const header = Buffer.from(text);
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(header.length);
  return Buffer.concat([prefix, header, memory]);
}

function headed(json: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> {
  return json.map((text) => new Uint8Array(withHeader(text)));
}

function keptMemory(): Uint8Array {
  return withHeader(
    '{"signature":"sig","size":65536,"pages":[0],"sum":0,"host":{}}',
    Buffer.alloc(4096),
  );
}

describe('files of sessions and runs', () => {
  const script = `
    local session = Session.create({ name = "kept", tags = { "a" }, metadata = { n = 1 } })
    Session.addMessage(session, "user", "Hello")
    Session.addMessage(session, "assistant", "Hi")
    Artifact.store(session, "tool_result", "a.txt", ("content "):rep(20))
    Session.sleep(0.001)
    Session.complete(session)
    return session
  `;
  let target: Runtime;
  const files: { session: Uint8Array; run: Uint8Array } = {
    session: new Uint8Array(),
    run: new Uint8Array(),
  };

  beforeAll(async () => {
    await using source = await Runtime.open({ dataDir: join(folder, 'source') });
    const outcome = await source.eval(script);
    files.session = await source.sessions.exportData(outcome.value as string);
    const pieces: Uint8Array[] = [];
    for await (const piece of source.archive.export(outcome.run, { checkpoints: true }))
      pieces.push(piece);
    files.run = Buffer.concat(pieces);
    target = await Runtime.open();
  });
  afterAll(() => target.close());

  /** Places are chosen before the files are there. */
  const harm = fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255), fc.nat(2)),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  type Harm = [number, number, number][];

  function harmed(bytes: Uint8Array, harms: Harm): Uint8Array {
    let result = Buffer.from(bytes);
    for (const [part, byte, kind] of harms) {
      const at = Math.floor(part * result.length);
      if (kind === 0) result[at] = byte;
      if (kind === 1) result = Buffer.concat([result.subarray(0, at), result.subarray(at + byte)]);
      if (kind === 2)
        result = Buffer.concat([result.subarray(0, at), Buffer.from([byte]), result.subarray(at)]);
    }
    return result;
  }

  async function everything(): Promise<string> {
    const { backend } = await target.services.stores();
    const entries = await backend.range({ start: ' ', end: '~', limit: 100_000 });
    return entries
      .map(({ key, value }) => `${key} ${Buffer.from(value).toString('hex')}`)
      .join('\n');
  }

  async function nothingIsHalfTaken(
    take: () => Promise<string>,
    undo: (id: string) => Promise<void>,
  ) {
    const before = await everything();
    let id: string;
    try {
      id = await take();
    } catch (error) {
      expect(error).toBeInstanceOf(SpellError);
      expect((error as SpellError).code).not.toBe('INTERNAL');
      expect(await everything()).toBe(before);
      return;
    }
    await undo(id);
  }

  fuzz(
    'a session is taken in as a whole, or not at all',
    6,
    fc.asyncProperty(harm, (harms) =>
      nothingIsHalfTaken(
        () => target.sessions.importData(harmed(files.session, harms), { newId: true }),
        async (id) => {
          await target.sessions.delete(id);
        },
      ),
    ),
  );

  fuzz(
    'a run is taken in as a whole, or not at all',
    4,
    fc.asyncProperty(harm, async (harms) => {
      const bytes = harmed(files.run, harms);
      fc.pre(!Buffer.from(bytes).equals(files.run));
      await nothingIsHalfTaken(
        () => target.archive.import([bytes]),
        async (id) => {
          throw new Error(`a damaged file was taken in as run ${id}`);
        },
      );
    }),
  );
});
