/** Roving tabindex: which row of a list has the tab stop, and where the arrow keys move it. Pure. */

/** The first of `preferred` that is in the list, else the row at `visible`. -1: the list is empty. */
export function stopIndex(
  rows: readonly { readonly id: string }[],
  preferred: readonly (string | null)[],
  visible: number,
): number {
  for (const id of preferred) {
    const index = id === null ? -1 : rows.findIndex((row) => row.id === id);
    if (index >= 0) return index;
  }
  return Math.min(visible, rows.length - 1);
}

/** The index that `key` moves to from `at`, or null. `page`: rows that fit on the screen. */
export function destination(key: string, at: number, count: number, page: number): number | null {
  const moves: Readonly<Partial<Record<string, number>>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const wanted = moves[key];
  if (wanted === undefined || count === 0) return null;
  const to = Math.min(count - 1, Math.max(0, wanted));
  return to === at ? null : to;
}
