import type { KeyPath } from './key-path.js';

/** Where a key stands in its file, 1-based. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds keys in TOML text by their paths. The text is one that the TOML parser has accepted, so that nothing is
 * checked here; a path that isn't in the text is located at the nearest table above it.
 */
export function keyLocator(text: string): (path: KeyPath) => Location | undefined {
  const scanner: Scanner = { text, at: 0, found: new Map(), lists: new Map() };
  scanDocument(scanner);
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = scanner.found.get(id(path.slice(0, length)));
      if (offset !== undefined) return locationOf(text, offset);
    }
    return undefined;
  };
}

interface Scanner {
  readonly text: string;
  at: number;
  /** Offsets of keys, by their paths. */
  readonly found: Map<string, number>;
  /** Lengths of the arrays of tables that were met so far. */
  readonly lists: Map<string, number>;
}

function id(path: KeyPath): string {
  return JSON.stringify(path);
}

function locationOf(text: string, offset: number): Location {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function scanDocument(scanner: Scanner): void {
  let table: KeyPath = [];
  for (;;) {
    skipBlank(scanner);
    if (scanner.at >= scanner.text.length) return;
    if (scanner.text[scanner.at] === '[') table = scanHeader(scanner);
    else scanAssignment(scanner, table);
  }
}

/** `[a.b]` or `[[a.b]]`: the path of the keys that follow. */
function scanHeader(scanner: Scanner): KeyPath {
  const isList = scanner.text.startsWith('[[', scanner.at);
  scanner.at += isList ? 2 : 1;
  const { keys, offset } = scanKey(scanner);
  scanner.at += isList ? 2 : 1;
  let path: KeyPath = [];
  for (const [index, key] of keys.entries()) {
    path = [...path, key];
    const count = scanner.lists.get(id(path)) ?? 0;
    const opensItem = isList && index === keys.length - 1;
    if (opensItem) scanner.lists.set(id(path), count + 1);
    note(scanner, path, offset);
    if (opensItem) path = [...path, count];
    else if (count > 0) path = [...path, count - 1];
  }
  note(scanner, path, offset);
  return path;
}

function scanAssignment(scanner: Scanner, table: KeyPath): void {
  const { keys, offset } = scanKey(scanner);
  let path = table;
  for (const key of keys) {
    path = [...path, key];
    note(scanner, path, offset);
  }
  // The equals sign.
  scanner.at += 1;
  scanValue(scanner, path);
}

/** The first place that names a table or key is where its location is. */
function note(scanner: Scanner, path: KeyPath, offset: number): void {
  if (!scanner.found.has(id(path))) scanner.found.set(id(path), offset);
}

/** A dotted key up to the character behind it; spaces around the dots are skipped. */
function scanKey(scanner: Scanner): { keys: string[]; offset: number } {
  const keys: string[] = [];
  skipSpaces(scanner);
  const offset = scanner.at;
  for (;;) {
    skipSpaces(scanner);
    keys.push(scanSimpleKey(scanner));
    skipSpaces(scanner);
    if (scanner.text[scanner.at] !== '.') return { keys, offset };
    scanner.at += 1;
  }
}

function scanSimpleKey(scanner: Scanner): string {
  const start = scanner.at;
  const quote = scanner.text[start];
  if (quote === '"' || quote === "'") {
    skipString(scanner);
    const inner = scanner.text.slice(start + 1, scanner.at - 1);
    return quote === '"' ? unescaped(inner) : inner;
  }
  const bare = /[A-Za-z0-9_-]*/y;
  bare.lastIndex = start;
  const key = bare.exec(scanner.text)?.[0] ?? '';
  scanner.at += key.length;
  return key;
}

/** TOML's escapes are those of JSON, and `\U` with eight hexadecimal digits. */
function unescaped(inner: string): string {
  const text = inner.replace(/\\U([0-9a-fA-F]{8})/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
  return JSON.parse(`"${text}"`) as string;
}

function scanValue(scanner: Scanner, path: KeyPath): void {
  skipSpaces(scanner);
  const char = scanner.text[scanner.at];
  if (char === '"' || char === "'") skipString(scanner);
  else if (char === '[') scanList(scanner, path);
  else if (char === '{') scanInlineTable(scanner, path);
  else skipBare(scanner);
}

function scanList(scanner: Scanner, path: KeyPath): void {
  scanner.at += 1;
  for (let index = 0; ; ) {
    skipBlank(scanner);
    const char = scanner.text[scanner.at];
    if (char === undefined || char === ']') break;
    if (char === ',') {
      scanner.at += 1;
      continue;
    }
    note(scanner, [...path, index], scanner.at);
    scanValue(scanner, [...path, index]);
    index += 1;
  }
  scanner.at += 1;
}

function scanInlineTable(scanner: Scanner, path: KeyPath): void {
  scanner.at += 1;
  for (;;) {
    skipBlank(scanner);
    const char = scanner.text[scanner.at];
    if (char === undefined || char === '}') break;
    if (char === ',') scanner.at += 1;
    else scanAssignment(scanner, path);
  }
  scanner.at += 1;
}

function skipString(scanner: Scanner): void {
  const quote = scanner.text[scanner.at] ?? '';
  const triple = quote.repeat(3);
  const isMultiline = scanner.text.startsWith(triple, scanner.at);
  const end = isMultiline ? triple : quote;
  scanner.at += end.length;
  while (scanner.at < scanner.text.length && !scanner.text.startsWith(end, scanner.at)) {
    scanner.at += quote === '"' && scanner.text[scanner.at] === '\\' ? 2 : 1;
  }
  scanner.at += end.length;
  // Up to two quotes may stand directly before the closing three.
  while (isMultiline && scanner.text[scanner.at] === quote) scanner.at += 1;
}

/** Numbers, booleans and dates end at the next separator; spaces may occur in a date. */
function skipBare(scanner: Scanner): void {
  while (scanner.at < scanner.text.length && !/[,\]}#\n]/.test(scanner.text[scanner.at] ?? '')) {
    scanner.at += 1;
  }
}

function skipSpaces(scanner: Scanner): void {
  while (scanner.text[scanner.at] === ' ' || scanner.text[scanner.at] === '\t') scanner.at += 1;
}

/** Spaces, line ends and comments. */
function skipBlank(scanner: Scanner): void {
  const blank = /(?:\s|#[^\n]*|\ufeff)*/y;
  blank.lastIndex = scanner.at;
  scanner.at += blank.exec(scanner.text)?.[0].length ?? 0;
}
