/** What must never be shown of a configuration: values that are, or look like, keys and passwords. */

/** True for names such as `api_key`, `token` or `password`; `api_key_env` only names a variable. */
export function isSecretKey(key: string): boolean {
  if (/_env$/i.test(key)) return false;
  const words = key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return words.some((word) => SECRET_WORDS.has(word));
}

const SECRET_WORDS = new Set([
  'key',
  'apikey',
  'token',
  'secret',
  'password',
  'passwd',
  'passphrase',
  'credential',
  'credentials',
  'authorization',
  'auth',
  'cookie',
]);

export const MASK = '***';

/** A text without the password in a URL, and without what has the shape of a well-known kind of key. */
export function maskText(text: string): string {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:)[^\s/@]+@/gi, `$1${MASK}@`)
    .replace(
      /\b(sk|pk|rk|ghp|gho|ghs|github_pat|glpat|xox[abp]|hf|AKIA)[-_]?[A-Za-z0-9_-]{16,}/g,
      MASK,
    )
    .replace(/([?&](?:api_?)?(?:key|token|secret|password)=)[^&\s]+/gi, `$1${MASK}`);
}
