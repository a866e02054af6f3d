/**
 * The key space: every family of keys, and the builders that make keys of them.
 *
 * A key is components joined by `/`. Components are escaped, so arbitrary text takes exactly one of them, and keys with
 * the same first components are neighbours: an index is read as a range.
 *
 * | key | holds |
 * | --- | --- |
 * | `meta/format` | version of the format and id of the storage |
 * | `meta/log` | salt of the log that holds the newest commits, where a backend has one |
 * | `s/<session>` | record of a session |
 * | `s-time/<updated>/<session>` | all sessions by time of their last change |
 * | `s-status/<status>/<updated>/<session>` | sessions by status |
 * | `s-tag/<tag>/<updated>/<session>` | sessions by tag |
 * | `s-meta/<name>/<value>/<updated>/<session>` | sessions by a field of their metadata |
 * | `s-parent/<parent>/<updated>/<session>` | children of a session |
 * | `s-name/<name>/<updated>/<session>` | sessions by name |
 * | `s-count/<what>` | how many sessions there are of a kind |
 * | `s-context/<session>` | context of a session |
 * | `s-settings/<session>` | what a session says to models: provider, system prompt, tools |
 * | `s-response/<session>/<name>` | a response that a session keeps by name |
 * | `m/<session>/<n>` | message `n` of a session |
 * | `m-conv/<session>/<n>` | conversation `n` of a session |
 * | `m-graph/<session>` | what a session's conversations have in common: numbers given out, the active one |
 * | `a/<artifact>` | record of an artifact |
 * | `a-time/<created>/<artifact>` | all artifacts by time |
 * | `a-session/<session>/<created>/<artifact>` | artifacts of a session |
 * | `a-type/<session>/<type>/<created>/<artifact>` | artifacts of a session by type |
 * | `a-tag/<session>/<tag>/<created>/<artifact>` | artifacts of a session by tag |
 * | `a-name/<session>/<name>/<created>/<artifact>` | artifacts of a session by name |
 * | `a-hash/<session>/<hash>/<created>/<artifact>` | artifacts of a session by content |
 * | `a-sequence/<session>/<name>` | the last number that an artifact of this name got |
 * | `state/<scope>/<name>` | a named value that scripts share |
 * | `r/<run>` | record of a run |
 * | `r-time/<started>/<run>` | all runs by the time they started |
 * | `r-status/<status>/<started>/<run>` | runs by status |
 * | `r-owner/<run>` | who may write to a run: a fencing number and an identity |
 * | `r-forks/<run>` | how many forks share a run's journal |
 * | `r-sleep/<run>` | what a run that sleeps waits for |
 * | `r-due/<time>/<run>` | runs that sleep, by the time at which they are due |
 * | `r-wait/<session>/<name>` | runs that sleep until an event comes |
 * | `q/<run>/<session>/<name>` | what a run asks, with its answer once it has one |
 * | `q-name/<session>/<name>/<run>` | runs that ask in a session, by the names of their questions |
 * | `r-gone/<run>` | a run without a record whose journal and checkpoints are still to be removed |
 * | `j/<run>/<seq>` | entry of a run's journal |
 * | `j-head/<run>` | number and hash of the last entry |
 * | `j-note/<run>/<seq>` | what lists of runs say of an entry |
 * | `k/<run>/<seq>` | checkpoint of a run |
 * | `k-list/<run>` | what lists of runs say of its checkpoints |
 * | `p/<hash>` | page of a memory image |
 * | `p-use/<hash>/<run>` | a run uses a page |
 * | `signal/<session>/<name>/<time>/<id>` | an event that nobody has waited for yet |
 * | `b/<hash>` | record of a content: size, references, where its chunks are |
 * | `c/<body>/<n>` | chunk `n` of a content's bytes |
 * | `w/<body>` | chunks that were written ahead and that no content refers to yet |
 *
 * The values of the index keys of sessions and artifacts are the ids: a long id is cut in its key.
 */
import { createHash } from 'node:crypto';
import { SpellError } from '../base/errors.js';
import { type Key, MAX_KEY_LENGTH } from './storage.js';

/** First component of every key of a family. */
export const FAMILY = {
  meta: 'meta',
  session: 's',
  sessionTime: 's-time',
  sessionStatus: 's-status',
  sessionTag: 's-tag',
  sessionMetadata: 's-meta',
  sessionParent: 's-parent',
  sessionName: 's-name',
  sessionCount: 's-count',
  sessionContext: 's-context',
  sessionSettings: 's-settings',
  sessionResponse: 's-response',
  message: 'm',
  conversation: 'm-conv',
  messageGraph: 'm-graph',
  artifact: 'a',
  artifactTime: 'a-time',
  artifactSession: 'a-session',
  artifactType: 'a-type',
  artifactTag: 'a-tag',
  artifactName: 'a-name',
  artifactHash: 'a-hash',
  artifactSequence: 'a-sequence',
  state: 'state',
  signal: 'signal',
  run: 'r',
  runTime: 'r-time',
  runStatus: 'r-status',
  runOwner: 'r-owner',
  runForks: 'r-forks',
  runSleep: 'r-sleep',
  runDue: 'r-due',
  runWait: 'r-wait',
  runGone: 'r-gone',
  question: 'q',
  questionName: 'q-name',
  journal: 'j',
  journalHead: 'j-head',
  journalNote: 'j-note',
  checkpoint: 'k',
  checkpointList: 'k-list',
  page: 'p',
  pageUse: 'p-use',
  blob: 'b',
  chunk: 'c',
  staged: 'w',
} as const;

export type Family = (typeof FAMILY)[keyof typeof FAMILY];

/** Families of what belongs to one session besides its record: the id of the session follows in their keys. */
export const SESSION_FAMILIES: readonly Family[] = [
  FAMILY.message,
  FAMILY.conversation,
  FAMILY.messageGraph,
  FAMILY.sessionContext,
  FAMILY.sessionSettings,
  FAMILY.sessionResponse,
];

/** Component is one part of a key, already escaped. */
export class Component {
  constructor(readonly text: string) {}
}

/** Characters after which a component is cut and completed by a hash. */
const MAX_COMPONENT_LENGTH = 180;
const HASH_LENGTH = 32;

/** Digits of every whole number up to `Number.MAX_SAFE_INTEGER`. */
const NUMBER_WIDTH = 16;

/** A key of a family; plain strings are escaped as {@link textComponent} does. */
export function key(family: Family, ...components: readonly (string | Component)[]): Key {
  let made: string = family;
  for (const part of components) {
    made += `/${typeof part === 'string' ? componentText(part) : part.text}`;
  }
  if (made.length > MAX_KEY_LENGTH) {
    throw new SpellError('INTERNAL', `a key of ${components.length} components is too long`);
  }
  return made;
}

/** The range of every key that has more components after `prefix`. */
export function prefixRange(prefix: Key): { start: Key; end: Key } {
  // `0` is the character after `/`.
  return { start: `${prefix}/`, end: `${prefix}0` };
}

/**
 * The part of a {@link prefixRange} in which the next component is a time from `fromMs` (inclusive) to `untilMs`
 * (exclusive), both in milliseconds; a missing bound is open.
 */
export function timeRange(
  prefix: Key,
  fromMs?: number,
  untilMs?: number,
): { start: Key; end: Key } {
  const all = prefixRange(prefix);
  return {
    start: fromMs === undefined ? all.start : all.start + timeComponent(fromMs).text,
    end: untilMs === undefined ? all.end : all.start + timeComponent(untilMs).text,
  };
}

/** The smallest key after `key`, to go on with a range from where a page of it ended. */
export function keyAfter(key: Key): Key {
  // The space is the smallest character of a key, and none that a builder makes.
  return `${key} `;
}

/** The text of a key's last component, such as the id in an index key; cut components have none. */
export function lastText(key: Key): string {
  return unescapeComponent(key.slice(key.lastIndexOf('/') + 1));
}

/** Text as a component: letters, digits, `.`, `_` and `-` stay readable, everything else is escaped. */
export function textComponent(text: string): Component {
  return new Component(componentText(text));
}

function componentText(text: string): string {
  const escaped = PLAIN.test(text) ? text : escapeText(text);
  if (escaped.length <= MAX_COMPONENT_LENGTH) return escaped;
  // A cut component equals no whole one, because text never leaves a `~` unescaped.
  const kept = escaped
    .slice(0, MAX_COMPONENT_LENGTH - HASH_LENGTH - 1)
    .replace(/%(u[0-9A-F]{0,3}|[0-9A-F]?)$/, '');
  const hash = createHash('sha256').update(escaped).digest('hex').slice(0, HASH_LENGTH);
  return `${kept}~${hash}`;
}

/**
 * A time in milliseconds since the epoch as a component; components order as times do. Times that no clock shows
 * become the nearest that one could, so that any number may bound a range.
 */
export function timeComponent(ms: number): Component {
  const whole = Math.floor(Number.isNaN(ms) ? 0 : ms);
  return numberComponent(Math.min(Math.max(whole, 0), Number.MAX_SAFE_INTEGER));
}

/** A whole number from 0 to `Number.MAX_SAFE_INTEGER` as a component; components order as numbers do. */
export function numberComponent(value: number): Component {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new SpellError('INTERNAL', `a key takes whole numbers from 0, got ${value}`);
  }
  return new Component(String(value).padStart(NUMBER_WIDTH, '0'));
}

/** What escaping leaves as it is. */
const PLAIN = /^[A-Za-z0-9._-]*$/;

function escapeText(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/gu, (character) => {
    // Half a surrogate pair has no UTF-8; `%u` keeps it apart from every character that has.
    if (/\p{Surrogate}/u.test(character)) {
      return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`;
    }
    return Array.from(
      Buffer.from(character),
      (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join('');
  });
}

function unescapeComponent(escaped: string): string {
  return escaped.replace(/%u([0-9A-F]{4})|((?:%[0-9A-F]{2})+)/g, (_, unit, bytes) =>
    unit === undefined
      ? Buffer.from(bytes.replaceAll('%', ''), 'hex').toString()
      : String.fromCharCode(Number.parseInt(unit, 16)),
  );
}
