/** True for documents in which every operation is a query: such calls may be made again. */
export function changesNothing(document: unknown): boolean {
  if (typeof document !== 'string') return false;
  const token = /["#{}]|\b(?:mutation|subscription)\b/g;
  let depth = 0;
  for (let found = token.exec(document); found !== null; found = token.exec(document)) {
    const [text] = found;
    if (text === '{') depth += 1;
    else if (text === '}') depth -= 1;
    else if (text === '"' || text === '#') token.lastIndex = behind(document, found.index);
    else if (depth === 0) return false;
  }
  return depth === 0;
}

/** Where a text or a remark ends: it could hide a word or a brace. */
function behind(document: string, start: number): number {
  if (document[start] === '#') return endOf(document, /\n/g, start);
  if (document.startsWith('"""', start)) return endOf(document, /\\"""|"""/g, start + 3);
  return endOf(document, /\\.|["\n]/gs, start + 1);
}

/** Behind the first match that is no escaped character. */
function endOf(document: string, end: RegExp, start: number): number {
  end.lastIndex = start;
  for (let found = end.exec(document); found !== null; found = end.exec(document)) {
    if (!found[0].startsWith('\\')) return end.lastIndex;
  }
  return document.length;
}
