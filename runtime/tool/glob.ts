/** True where a glob fits a whole text: `*` stands for any characters, `?` for one, everything else for itself. */
export function matchesGlob(glob: string, text: string): boolean {
  let at = 0;
  let next = 0;
  // Where the last star stands, and what it was taken for so far. One star to go back to is enough, so that the time
  // grows with the lengths only.
  let star = -1;
  let taken = 0;
  while (at < text.length) {
    if (next < glob.length && glob[next] === '*') {
      star = next;
      taken = at;
      next += 1;
    } else if (next < glob.length && (glob[next] === '?' || glob[next] === text[at])) {
      at += 1;
      next += 1;
    } else if (star !== -1) {
      taken += 1;
      at = taken;
      next = star + 1;
    } else {
      return false;
    }
  }
  return [...glob.slice(next)].every((char) => char === '*');
}

/**
 * True where a glob fits a path with `/`: `**` as a step stands for any number of steps, and a glob without a slash is
 * held against the last step alone.
 */
export function matchesPath(glob: string, path: string): boolean {
  const steps = path.split('/');
  if (!glob.includes('/')) return matchesGlob(glob, steps.at(-1) ?? '');
  const parts = glob.replace(/^\.?\//, '').split('/');
  // fits[i]: the parts so far fit the first i steps.
  let fits = [true, ...steps.map(() => false)];
  for (const part of parts) {
    const next = [part === '**' && fits[0] === true];
    for (const [index, step] of steps.entries()) {
      const one =
        part === '**' ? fits[index + 1] || next[index] : fits[index] && matchesGlob(part, step);
      next.push(one === true);
    }
    fits = next;
  }
  return fits.at(-1) === true;
}
