/**
 * The older and other spellings under which scripts find functions: every camelCase name also in snake_case, and the
 * names that releases of rs-llmspell used.
 */

const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  'JSON.parse': ['JSON.decode'],
  'JSON.stringify': ['JSON.encode'],
  'Tool.execute': ['Tool.invoke', 'Tool.call'],
  'Tool.schema': ['Tool.get_schema'],
};

export function otherNames(path: string): readonly string[] {
  const snake = path.replace(
    /([a-z])([A-Z])/g,
    (_, before, letter) => `${before}_${letter.toLowerCase()}`,
  );
  return [...(snake === path ? [] : [snake]), ...(OTHER_NAMES[path] ?? [])];
}
