/** True for documents in which every operation is a query: such calls may be made again. */
export function changesNothing(document: unknown): boolean {
  if (typeof document !== 'string') return false;
  // Without what could hide a word or a brace.
  const bare = document
    .replace(/"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*/gs, ' ')
    .split(/([{}])/);
  let depth = 0;
  for (const piece of bare) {
    if (piece === '{') depth += 1;
    else if (piece === '}') depth -= 1;
    else if (depth === 0 && /\b(?:mutation|subscription)\b/.test(piece)) return false;
  }
  return depth === 0;
}
