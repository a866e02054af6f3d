import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Environment is the variables of the process, handed in so that nothing else reads them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Paths are the folders of one user, all absolute. */
export interface Paths {
  readonly home: string;
  readonly temporary: string;
  readonly configDir: string;
  /** Where sessions, artifacts and runs are kept unless the configuration says otherwise. */
  readonly dataDir: string;
  readonly stateDir: string;
  readonly cacheDir: string;
  /** The configuration of the user, below that of the project. */
  readonly userFile: string;
}

/**
 * The folders by the XDG base directory rules; `LLMSPELL_HOME` puts them all below one folder. XDG variables that are
 * not absolute paths are ignored, as the rules demand.
 */
export function userPaths(env: Environment): Paths {
  const home = env.HOME || homedir();
  const own = env.LLMSPELL_HOME;
  const dirs = own ? dirsBelow(resolve(own)) : xdgDirs(env, home);
  return {
    home,
    temporary: env.TMPDIR || tmpdir(),
    ...dirs,
    userFile: join(dirs.configDir, 'config.toml'),
  };
}

type Dirs = Pick<Paths, 'configDir' | 'dataDir' | 'stateDir' | 'cacheDir'>;

function dirsBelow(own: string): Dirs {
  return {
    configDir: own,
    dataDir: join(own, 'data'),
    stateDir: join(own, 'state'),
    cacheDir: join(own, 'cache'),
  };
}

function xdgDirs(env: Environment, home: string): Dirs {
  const dir = (name: string, fallback: string) => {
    const value = env[name];
    return join(value && isAbsolute(value) ? value : join(home, fallback), 'llmspell');
  };
  return {
    configDir: dir('XDG_CONFIG_HOME', '.config'),
    dataDir: dir('XDG_DATA_HOME', '.local/share'),
    stateDir: dir('XDG_STATE_HOME', '.local/state'),
    cacheDir: dir('XDG_CACHE_HOME', '.cache'),
  };
}

/** The names that may stand in front of a path in the configuration. */
const NAMED_FOLDER = /^(@tmp|@cwd|@home|~)(?:[/\\]|$)/;

/** True for paths that {@link resolveConfigPath} understands; others start with `@` and an unknown name. */
export function isConfigPath(text: string): boolean {
  return text !== '' && (!text.startsWith('@') || NAMED_FOLDER.test(text));
}

/**
 * A path of the configuration as an absolute one: `@tmp` is the system's temporary folder, `@cwd` the current one,
 * `@home` and `~` the user's; anything else is relative to the folder of the file that names it.
 */
export function resolveConfigPath(text: string, base: string, cwd: string, paths: Paths): string {
  const name = NAMED_FOLDER.exec(text)?.[1];
  if (name === undefined) return resolve(base, text);
  const folder = name === '@tmp' ? paths.temporary : name === '@cwd' ? cwd : paths.home;
  return resolve(folder, `.${text.slice(name.length)}`);
}
