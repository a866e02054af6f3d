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
