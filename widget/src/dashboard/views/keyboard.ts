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
  | "owner"
  | "copilot"
  | "filter"
  | "search"
  | "palette"
  | "help"
  | "undo"
  | "mark"
  | "mark next"
  | "mark previous"
  | "mark all"
  | "back";

export interface Press {
  readonly key: string;
  readonly ctrl: boolean; // or ⌘
  readonly alt: boolean;
  readonly shift: boolean;
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
  t: "owner",
  c: "copilot",
  z: "undo",
  x: "mark",
  "/": "filter",
  s: "search",
  "?": "help",
  Escape: "back",
};

/** With Shift they select rows instead of moving. */
const SHIFTED: Readonly<Record<string, Stroke>> = {
  j: "mark next",
  ArrowDown: "mark next",
  k: "mark previous",
  ArrowUp: "mark previous",
};

export function stroke({ key, ctrl, alt, shift, writing, single }: Press): Stroke | null {
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (alt) return null;
  if (ctrl) return name === "k" ? "palette" : name === "j" ? "copilot" : name === "a" && !writing ? "mark all" : null;
  if (writing || (!single && key.length === 1)) return null;
  return (shift ? SHIFTED[name] : undefined) ?? PLAIN[name] ?? null;
}

/** The row next to `current`, or null at either end; without `current`, the first. */
export function neighbour(ids: readonly string[], current: string | null, step: 1 | -1): string | null {
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0] ?? null;
  return ids[at + step] ?? null;
}
