/** Text from scripts and storage made safe for a terminal. */

/**
 * The text with control characters as escapes, so that no name or message moves the cursor or changes colours. Line
 * ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, escaped);
}

/** The same on one line. */
export function printableLine(text: string): string {
  return text.replace(/\p{Cc}/gu, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
