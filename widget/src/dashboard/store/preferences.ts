/** What this person likes on this machine: kept in localStorage, shared by every tab. No credential is ever here. */

import { VIEWS, type View } from "../state/model";

const PLACE = "parley:dashboard";

export interface Preferences {
  readonly theme: "system" | "light" | "dark";
  readonly language: "" | "en" | "vi"; // "": as the browser says
  readonly sound: boolean;
  readonly badge: boolean;
  readonly desktop: boolean;
  readonly shortcuts: boolean; // keys that act without Ctrl
  readonly list_width: number; // CSS pixels
  readonly panel_width: number;
  readonly panel: boolean;
  readonly view: View;
  readonly project: string;
  readonly signed_in: boolean; // somebody is, or was when this browser was last open; no proof of anything
  readonly profile_language: "" | "en" | "vi"; // of whoever is signed in
}

export const WIDTHS = { list: { least: 260, most: 520 }, panel: { least: 240, most: 460 } } as const;
export const USUAL_WIDTHS = { list: 360, panel: 300 } as const;

const DEFAULTS: Preferences = {
  theme: "system",
  language: "",
  sound: true,
  badge: true,
  desktop: false,
  shortcuts: true,
  list_width: USUAL_WIDTHS.list,
  panel_width: USUAL_WIDTHS.panel,
  panel: true,
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
    localStorage.setItem(PLACE, JSON.stringify(current));
  } catch {
    // Storage may be full or forbidden: then it lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

/** Calls `listener` after every change, here or in another tab; the answer ends it. */
export function onPreference(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function followOtherTabs(): void {
  addEventListener("storage", (event) => {
    if (event.key !== PLACE) return;
    current = load();
    for (const listener of listeners) listener();
  });
}

/** Stored values are somebody else's input: what does not fit falls back. */
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
    language: oneOf(stored.language, ["", "en", "vi"] as const, DEFAULTS.language),
    sound: truth(stored.sound, DEFAULTS.sound),
    badge: truth(stored.badge, DEFAULTS.badge),
    desktop: truth(stored.desktop, DEFAULTS.desktop),
    shortcuts: truth(stored.shortcuts, DEFAULTS.shortcuts),
    list_width: within(stored.list_width, WIDTHS.list, DEFAULTS.list_width),
    panel_width: within(stored.panel_width, WIDTHS.panel, DEFAULTS.panel_width),
    panel: truth(stored.panel, DEFAULTS.panel),
    view: oneOf(stored.view, VIEWS, DEFAULTS.view),
    project,
    signed_in: truth(stored.signed_in, project !== ""),
    profile_language: oneOf(stored.profile_language, ["", "en", "vi"] as const, DEFAULTS.profile_language),
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
    return parsed(localStorage.getItem(PLACE));
  } catch {
    return DEFAULTS; // no storage at all (tests, strict privacy settings)
  }
}
