/** A readable placeholder name for an anonymous visitor; always the same for one id. */

import { others } from "texts:../texts/names";
import { Area, type Language, spokenLanguage } from "../texts/areas";
import { en, type Key } from "../texts/names/en";
import { hashOf } from "./avatars";

interface Words {
  readonly order: string;
  readonly first: readonly string[];
  readonly second: readonly string[];
}

interface Named {
  readonly id: string;
  readonly name: string;
}

const TEXTS = new Area<Key>(en, others);
const SEVERAL = "";
const NAMES = 20 * 48;

const words = new Map<string, Words>(); // by their text
const holders = new Map<string, string>(); // name → the visitor who has it, or SEVERAL; there are as many as names

/** The display name of a visitor. */
export function nameOf({ id, name }: Named, language: Language): string {
  if (!isAnonymous({ id, name })) return name;
  const chosen = placeholderName(id, language);
  return holder(chosen, id) === SEVERAL ? `${chosen} ${numberOf(id)}` : chosen;
}

/** Visitors who are shown together: those of one name get a number each, so it is not on one of them only. */
export function meet(visitors: Iterable<Named>): void {
  const language = spokenLanguage();
  for (const visitor of visitors) if (isAnonymous(visitor)) holder(placeholderName(visitor.id, language), visitor.id);
}

/** Whether the name is the server's placeholder, "Visitor #" and the end of the id. */
export function isAnonymous({ id, name }: Named): boolean {
  return name === `Visitor #${id.slice(-6)}`;
}

/** Without a number. */
export function placeholderName(id: string, language: Language): string {
  const { order, first, second } = wordsOf(language);
  const hash = hashOf(id);
  const one = first[hash % first.length] ?? "";
  const other = second[Math.floor(hash / first.length) % second.length] ?? "";
  return order.replace("{first}", () => one).replace("{second}", () => other);
}

/** Two digits that depend on nothing but the id, so that all agents see the same; of bits that the words do not show. */
function numberOf(id: string): number {
  return 10 + (Math.floor(hashOf(id) / NAMES) % 90);
}

function holder(name: string, id: string): string {
  const known = holders.get(name);
  if (known === id || known === SEVERAL) return known;
  const now = known === undefined ? id : SEVERAL;
  holders.set(name, now);
  return now;
}

function wordsOf(language: Language): Words {
  const t = TEXTS.translator(language);
  const key = `${t("order")}${t("first")}${t("second")}`;
  let found = words.get(key);
  if (found === undefined) {
    found = { order: t("order"), first: t("first").split(", "), second: t("second").split(", ") };
    words.set(key, found);
  }
  return found;
}
