/** Prompts from where a program keeps them: a database, a repository, a server. */
import { SpellError } from './base/errors.js';
import { fromPlain, type Value } from './base/value.js';
import { type Prompt, promptFields } from './prompt.js';
import type { Services } from './services.js';

/**
 * Answers the prompts of a folder, whatever that is to the program. Each has a name, and is data: it has no `when`, and
 * of tools the names. Scripts get them by `LLM.loadPrompts`; what they got is recorded, so a replay asks nobody.
 *
 * @param folder As the script or the program names it.
 */
export type PromptLoader = (folder: string) => readonly Prompt[] | Promise<readonly Prompt[]>;

/** A loader of which nobody has looked at the answers. */
type Asked = (folder: string) => unknown;

/** @throws SpellError `BAD_ARGUMENT` for prompts without a name or a text, and for two with one name. */
export async function promptsOf(
  loader: Asked,
  folder: string,
): Promise<Readonly<Record<string, Prompt>>> {
  const prompts = new Map<string, Prompt>();
  const given = await loader(folder);
  if (!Array.isArray(given)) throw badPrompts(folder, 'it answers no list');
  for (const [i, prompt] of given.entries()) {
    const { name, userPrompt } = (prompt ?? {}) as Partial<Prompt>;
    if (typeof name !== 'string' || name === '' || typeof userPrompt !== 'string') {
      throw badPrompts(folder, `prompt ${i + 1} has no name and userPrompt`);
    }
    if (prompts.has(name)) throw badPrompts(folder, `two prompts have the name "${name}"`);
    prompts.set(name, prompt as Prompt);
  }
  return Object.fromEntries(prompts);
}

/** The prompts as a script gets them. Throws what {@link promptsOf} throws, and `BAD_ARGUMENT` for what is no data. */
export async function promptTableOf(
  services: Services,
  loader: Asked,
  folder: string,
): Promise<Value> {
  const prompts = Object.entries(await promptsOf(loader, folder));
  const entries = prompts.map(([name, prompt]): [string, Value] => {
    try {
      return [name, fromPlain(promptFields(services, prompt))];
    } catch (cause) {
      throw badPrompts(folder, `"${name}" holds what is no data (${(cause as Error).message})`);
    }
  });
  return new Map(entries);
}

function badPrompts(folder: string, problem: string): SpellError {
  const message = `the promptLoader has no prompts for ${JSON.stringify(folder)}: ${problem}`;
  return new SpellError('BAD_ARGUMENT', message, {
    hint: 'It answers [{ name, userPrompt, systemPrompt, ... }].',
    key: 'promptLoader',
  });
}
