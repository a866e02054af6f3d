/** Tells the arguments that are llmspell's own from those of a script, before they are parsed. */
import { COMMANDS, GLOBAL_OPTIONS, GROUPS } from './command-list.js';

/** The arguments in front of a script and its own arguments. */
export function ownArguments(argv: readonly string[]): readonly string[] {
  const [first] = operands(argv);
  const takesScript = COMMANDS.some(
    ({ name, takesScript }) => takesScript === true && name === argv[first ?? -1],
  );
  if (takesScript) return argv.slice(0, operands(argv)[1] ?? argv.length);
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

/** The first argument that is no option and no command, such as a script; its name and its place. */
export function impliedScript(argv: readonly string[]): string | undefined {
  const [first] = operands(argv);
  const word = first === undefined ? undefined : argv[first];
  if (word === undefined || word === 'help' || Object.hasOwn(GROUPS, word)) return undefined;
  return COMMANDS.some(({ name }) => name === word) ? undefined : word;
}

/** The places of the first two arguments that are neither options nor values of options. */
function operands(argv: readonly string[]): number[] {
  const places: number[] = [];
  for (let index = 0; index < argv.length && places.length < 2; index += 1) {
    const arg = argv[index] as string;
    if (arg === '--') continue;
    if (arg === '-' || !arg.startsWith('-')) places.push(index);
    else if (TAKES_VALUE.has(arg)) index += 1;
  }
  return places;
}

/** Options that have their value in the next argument, as far as they may stand in front of a script. */
const TAKES_VALUE = new Set(
  [...GLOBAL_OPTIONS, ...(COMMANDS.find(({ name }) => name === 'run')?.options ?? [])]
    .filter(({ flags }) => flags.includes('<'))
    .flatMap(({ flags }) => flags.replace(/ <.*/, '').split(', ')),
);
