/** The private function by which scripts load prompts from files. */
import { relative, resolve } from 'node:path';
import { SpellError } from '../../../runtime/base/errors.js';
import { promptTable, readPrompts } from '../../../runtime/conversation/prompt-file.js';
import { promptTableOf } from '../../../runtime/prompt-loader.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { FilePolicy } from '../../../runtime/tool/file-policy.js';
import { text } from '../arguments.js';

/** @param folder The script's folder, which is open as it is for `require`. */
export function promptFileModule(services: Services, folder: string): GlobalFunction[] {
  const { config, cwd, promptLoader } = services;
  const { fileReadRoots: roots, fileWriteRoots: writeRoots } = config.security;
  const readRoots = [folder, ...roots.map((root) => resolve(cwd, root))];
  const files = new FilePolicy({ readRoots, writeRoots });
  return [
    globalFunction<string>({
      path: 'host.load_prompts',
      parse: (args) => text(args, 1),
      operation: {
        op: 'llm.loadPrompts',
        kind: 'state',
        waits: true,
        foreign: true,
        perform: async (path) => {
          if (promptLoader !== undefined) return promptTableOf(services, promptLoader, path);
          const real = await files.resolveReadable(path, folder);
          const way = relative(folder, real);
          const shown = way.startsWith('..') ? real : way || '.';
          try {
            return promptTable(await readPrompts(real, shown));
          } catch (thrown) {
            throw withPlace(thrown);
          }
        },
      },
    }),
  ];
}

/** The mistake with its place in words: the line that errors have in a script is one of the script. */
function withPlace(thrown: unknown): unknown {
  if (!(thrown instanceof SpellError) || thrown.code !== 'CONFIG') return thrown;
  const { file = '', line, hint } = thrown;
  const place = line === undefined ? file : `${file}:${line}`;
  return new SpellError(thrown.code, `${place}: ${thrown.message}`, {
    hint,
    details: { prompt_file: file, ...(line === undefined ? {} : { prompt_line: line }) },
    cause: thrown,
  });
}
