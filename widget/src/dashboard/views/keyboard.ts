/** Maps keys to commands. Pure, so that tests can press keys. */

export type Stroke =
  | "next"
  | "previous"
  | "open"
  | "reply"
  | "note"
  | "assign"
  | "form"
  | "solve"
  | "filter"
  | "palette"
  | "help"
  | "undo"
  | "back";

export interface Press {
  readonly key: string;
  readonly ctrl: boolean; // or ⌘
  readonly alt: boolean;
  readonly writing: boolean; // the focus is in a field
  readonly single: boolean; // single-key shortcuts are on
}

const PLAIN: Readonly<Record<string, Stroke>> = {
  j: "next",
  ArrowDown: "next",
  k: "previous",
  ArrowUp: "previous",
  Enter: "open",
  r: "reply",
  n: "note",
  a: "assign",
  f: "form",
  e: "solve",
  z: "undo",
  "/": "filter",
  "?": "help",
  Escape: "back",
};

export function stroke({ key, ctrl, alt, writing, single }: Press): Stroke | null {
  if (alt) return null;
  if (ctrl) return key.toLowerCase() === "k" ? "palette" : null;
  if (writing || (!single && key.length === 1)) return null;
  return PLAIN[key.length === 1 ? key.toLowerCase() : key] ?? null;
}

/** The row next to `current`, or null at either end; without `current`, the first. */
export function neighbour(ids: readonly string[], current: string | null, step: 1 | -1): string | null {
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0] ?? null;
  return ids[at + step] ?? null;
}
