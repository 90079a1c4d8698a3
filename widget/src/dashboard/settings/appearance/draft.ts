/** A look while it is edited: every field has a value, and numbers are what was typed. */

import { languages } from "languages:../../../embed/texts";
import type { Look, NamedTheme } from "../../../rest/types";

export type Draft = Required<Omit<Look, "texts" | "colours">> & {
  readonly colours: Required<NonNullable<Look["colours"]>>;
  readonly texts: Readonly<Record<string, DraftTexts>>; // by language
};

export type DraftTexts = Readonly<Record<TextName, string>>;

/** Those that the widget speaks. */
export const LANGUAGES = languages;

/** With the most characters of each. */
export const TEXTS = {
  label: 30,
  greeting: 200,
  title: 60,
  empty_online: 200,
  empty_away: 200,
  online: 60,
  away: 60,
  placeholder: 60,
} as const;
export type TextName = keyof typeof TEXTS;
export const TEXT_NAMES = Object.keys(TEXTS) as TextName[];

export const POSITIONS = ["right", "left"] as const;
export const ICONS = ["bubble", "dots", "question", "smile", "wave", "headset"] as const;
export const FONTS = ["system", "page", "humanist", "geometric", "rounded", "serif", "mono"] as const;
export const COLOURS = ["background", "text", "accent", "on_accent"] as const;
export const MAX_OFFSET = 200;
export const MAX_DELAY = 600;

const EMPTY = Object.fromEntries(TEXT_NAMES.map((name) => [name, ""])) as Record<TextName, string>;
const FIRST_COLOURS = { background: "#ffffff", text: "#14171f", accent: "#4f46e5", on_accent: "#ffffff" };

export function draftOf(look: Look): Draft {
  return {
    theme: look.theme ?? "system",
    colours: look.colours ?? FIRST_COLOURS,
    position: look.position ?? "right",
    offset_x: look.offset_x ?? 20,
    offset_y: look.offset_y ?? 20,
    icon: look.icon ?? "bubble",
    font: look.font ?? "system",
    logo: look.logo ?? null,
    sound: look.sound ?? true,
    auto_open: look.auto_open ?? 0,
    greeting_after: look.greeting_after ?? 3,
    answer_time: look.answer_time ?? true,
    texts: Object.fromEntries(
      [...new Set([...LANGUAGES, ...Object.keys(look.texts ?? {})])].map((language) => [
        language,
        { ...EMPTY, ...look.texts?.[language] },
      ]),
    ),
  };
}

/** The texts of a language that the widget speaks. */
export function textsOf(draft: Draft, language: string): DraftTexts {
  return draft.texts[language] ?? EMPTY;
}

/** What is stored: own colours only where they were chosen. */
export function lookOf(draft: Draft, before: Look): Look {
  const keeps = draft.theme === "own" || JSON.stringify(draft.colours) === JSON.stringify(before.colours);
  return { ...draft, colours: keeps ? draft.colours : (before.colours ?? null) };
}

/** Whether the server can take it: colours are complete, and numbers in their ranges. */
export function isWhole(draft: Draft): boolean {
  const offsets = isNumber(draft.offset_x, MAX_OFFSET) && isNumber(draft.offset_y, MAX_OFFSET);
  const delays = isNumber(draft.auto_open, MAX_DELAY) && isNumber(draft.greeting_after, MAX_DELAY);
  return offsets && delays && COLOURS.every((name) => isColour(draft.colours[name]));
}

export function isNumber(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

export function isColour(value: string): boolean {
  return /^#[\da-f]{6}$/.test(value);
}

/** Light and dark in the picker; the others come from the server. */
export const BUILT_IN: readonly NamedTheme[] = [
  {
    name: "light",
    scheme: "light",
    tokens: { surface: "#ffffff", accent: "#4f46e5", theirs: "#f1f3f6", text: "#14171f" },
  },
  {
    name: "dark",
    scheme: "dark",
    tokens: { surface: "#14171e", accent: "#5d60ee", theirs: "#222733", text: "#eceef3" },
  },
];
