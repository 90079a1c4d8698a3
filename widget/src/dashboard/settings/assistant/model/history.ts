/** Undo and redo over immutable values. Pure. */

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  readonly mark: string | null; // of the last edit: further ones with the same mark belong to it
}

const MAX_PAST = 200;

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], mark: null };
}

/** `mark`: edits in a row with the same mark are undone together, such as the letters of one field. */
export function edit<T>(history: History<T>, next: T, mark: string | null = null): History<T> {
  if (next === history.present) return history;
  if (mark !== null && mark === history.mark) return { ...history, present: next, future: [] };
  return { past: [...history.past, history.present].slice(-MAX_PAST), present: next, future: [], mark };
}

export function undo<T>(history: History<T>): History<T> {
  const last = history.past[history.past.length - 1];
  if (last === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: last,
    future: [history.present, ...history.future],
    mark: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future, mark: null };
}

/** The next edit begins a step of its own. */
export function settle<T>(history: History<T>): History<T> {
  return history.mark === null ? history : { ...history, mark: null };
}
