/** Preferences of this browser: in localStorage, shared by all tabs. Never holds a credential. */

import { VIEWS, type View } from "../state/filter";
import { type Language, LANGUAGES } from "../texts/i18n";

const STORAGE_KEY = "parley:dashboard";

export interface Preferences {
  readonly theme: "system" | "light" | "dark";
  readonly language: "" | Language; // "": the browser's language
  readonly sound: boolean;
  readonly badge: boolean;
  readonly desktop: boolean;
  readonly push: string; // the user who has turned on push messages here
  readonly shortcuts: boolean; // shortcuts without Ctrl
  readonly list_width: number; // CSS pixels
  readonly panel_width: number;
  readonly panel: boolean;
  readonly waiting: boolean; // the list begins with who waits the longest
  readonly advance: boolean; // the next conversation opens when one is solved
  readonly view: View;
  readonly project: string;
  readonly signed_in: boolean; // a hint that there may be a session; proves nothing
  readonly profile_language: "" | Language; // of the signed-in user
}

export const WIDTHS = { list: { least: 260, most: 520 }, panel: { least: 240, most: 460 } } as const;
export const USUAL_WIDTHS = { list: 360, panel: 300 } as const;

const DEFAULTS: Preferences = {
  theme: "system",
  language: "",
  sound: true,
  badge: true,
  desktop: false,
  push: "",
  shortcuts: true,
  list_width: USUAL_WIDTHS.list,
  panel_width: USUAL_WIDTHS.panel,
  panel: true,
  waiting: false,
  advance: false,
  view: "open",
  project: "",
  signed_in: false,
  profile_language: "",
};

let current = load();
const listeners = new Set<() => void>();

export function preferences(): Preferences {
  return current;
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // Storage may be full or forbidden: then the preference lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

/** Calls `listener` after every change, here or in another tab. Returns an unsubscribe function. */
export function onPreference(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function followOtherTabs(): void {
  addEventListener("storage", (event) => {
    if (event.key !== STORAGE_KEY) return;
    current = load();
    for (const listener of listeners) listener();
  });
}

/** Stored values are untrusted input: invalid values fall back to the defaults. */
export function parsed(text: string | null): Preferences {
  let stored: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    stored = (JSON.parse(text ?? "{}") as typeof stored | null) ?? {};
  } catch {
    return DEFAULTS;
  }
  const project = typeof stored.project === "string" ? stored.project : DEFAULTS.project;
  return {
    theme: oneOf(stored.theme, ["system", "light", "dark"] as const, DEFAULTS.theme),
    language: oneOf(stored.language, ["", ...LANGUAGES], DEFAULTS.language),
    sound: truth(stored.sound, DEFAULTS.sound),
    badge: truth(stored.badge, DEFAULTS.badge),
    desktop: truth(stored.desktop, DEFAULTS.desktop),
    push: typeof stored.push === "string" ? stored.push : DEFAULTS.push,
    shortcuts: truth(stored.shortcuts, DEFAULTS.shortcuts),
    list_width: within(stored.list_width, WIDTHS.list, DEFAULTS.list_width),
    panel_width: within(stored.panel_width, WIDTHS.panel, DEFAULTS.panel_width),
    panel: truth(stored.panel, DEFAULTS.panel),
    waiting: truth(stored.waiting, DEFAULTS.waiting),
    advance: truth(stored.advance, DEFAULTS.advance),
    view: oneOf(stored.view, VIEWS, DEFAULTS.view),
    project,
    signed_in: truth(stored.signed_in, project !== ""),
    profile_language: oneOf(stored.profile_language, ["", ...LANGUAGES], DEFAULTS.profile_language),
  };
}

export function within(value: unknown, bounds: { least: number; most: number }, otherwise: number): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return otherwise;
  return Math.min(bounds.most, Math.max(bounds.least, Math.round(value)));
}

function oneOf<T extends string>(value: unknown, known: readonly T[], otherwise: T): T {
  return known.find((one) => one === value) ?? otherwise;
}

function truth(value: unknown, otherwise: boolean): boolean {
  return typeof value === "boolean" ? value : otherwise;
}

function load(): Preferences {
  try {
    return parsed(localStorage.getItem(STORAGE_KEY));
  } catch {
    return DEFAULTS; // no storage (tests, strict privacy settings)
  }
}
