/** What the page has chosen by `Parley.set`: checked here, because a page's script is not typed. */

import type { PageLook } from "../../host/api";
import { ICONS } from "./icons";

const THEMES =
  "system light dark oled-void paperback nordic-frost cyberpunk terminal matcha dracula lavender-mist high-contrast solarized-light solarized-dark";
const MAX_OFFSET = 200; // px
const MAX_DELAY = 600; // seconds
const MAX_LABEL = 30; // characters
const MAX_TEXT = 200;

type Check = (value: unknown) => string | null; // what is expected, or null

const one =
  (words: string): Check =>
  (value) =>
    words.split(" ").includes(value as string) ? null : `one of: ${words.replace(/ /g, ", ")}`;
const number =
  (most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
      ? null
      : `a whole number from 0 to ${most}`;
const text =
  (most: number): Check =>
  (value) =>
    value === false || (typeof value === "string" && value.length <= most)
      ? null
      : `a text of at most ${most} characters, or false`;
const flag: Check = (value) => (typeof value === "boolean" ? null : "true or false");

const CHECKS: Readonly<Record<keyof PageLook, Check>> = {
  theme: one(THEMES),
  position: one("left right"),
  offsetX: number(MAX_OFFSET),
  offsetY: number(MAX_OFFSET),
  icon: one(Object.keys(ICONS).join(" ")),
  label: text(MAX_LABEL),
  greeting: text(MAX_TEXT),
  autoOpen: number(MAX_DELAY),
  sound: flag,
  hidden: flag,
  language: (value) => (typeof value === "string" ? null : "a language, such as en or vi"),
};

const warned = new Set<string>(); // once for each mistake, however often the page repeats it

/** The valid ones; a warning in the console says what is wrong with the others. null: as the project has it. */
export function checked(given: PageLook = {}): PageLook {
  const valid: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const check = Object.keys(CHECKS).includes(name) ? CHECKS[name as keyof PageLook] : null;
    if (value === null || value === undefined) continue;
    const expected = check ? check(value) : `one of the names ${Object.keys(CHECKS).join(", ")}`;
    if (expected === null) valid[name] = value;
    else warn(check ? `${name} must be ${expected}.` : `${name} is not ${expected}.`);
  }
  return valid as PageLook;
}

function warn(about: string): void {
  if (warned.has(about)) return;
  warned.add(about);
  console.warn(`Parley.set: ${about}`);
}
