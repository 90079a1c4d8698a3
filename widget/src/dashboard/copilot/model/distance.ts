/** The edit distance between what the copilot wrote and what the agent sent. */

export const MAX_DISTANCE = 20_000;
const MAX_CELLS = 25_000_000; // of the table that is filled; about 0.2 s

/** Levenshtein's, in code points. Texts too long for the table: the number of code points that differ in place, which
 *  is an upper bound. */
export function distance(from: string, to: string): number {
  let a = [...from];
  let b = [...to];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  a = a.slice(start, a.length - end);
  b = b.slice(start, b.length - end);
  if (a.length === 0 || b.length === 0) return bounded(Math.max(a.length, b.length));
  if (a.length * b.length > MAX_CELLS) return bounded(inPlace(a, b));
  let row = Uint16Array.from({ length: b.length + 1 }, (_, column) => column);
  let next = new Uint16Array(b.length + 1);
  for (let line = 1; line <= a.length; line++) {
    next[0] = line;
    for (let column = 1; column <= b.length; column++) {
      const replaced = row[column - 1]! + (a[line - 1] === b[column - 1] ? 0 : 1);
      next[column] = Math.min(replaced, row[column]! + 1, next[column - 1]! + 1);
    }
    [row, next] = [next, row];
  }
  return bounded(row[b.length]!);
}

function inPlace(a: readonly string[], b: readonly string[]): number {
  const same = a.filter((point, at) => b[at] === point).length;
  return Math.max(a.length, b.length) - same;
}

function bounded(found: number): number {
  return Math.min(found, MAX_DISTANCE);
}
