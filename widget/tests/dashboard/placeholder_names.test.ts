/** Names of visitors who have not said theirs. */

import { afterEach, describe, expect, it } from "vitest";

import { meet, nameOf, placeholderName } from "../../src/dashboard/state/placeholder_names";
import { speak } from "../../src/dashboard/texts/areas";
import { en } from "../../src/dashboard/texts/names/en";
import { vi } from "../../src/dashboard/texts/names/vi";

const idOf = (n: number) => `01890c2f-2c1a-7bbb-8aaa-${n.toString(16).padStart(12, "0")}`;
const anonymous = (n: number) => ({ id: idOf(n), name: `Visitor #${idOf(n).slice(-6)}` });
const words = (text: string) => text.split(", ");

// What an earlier list had, and why not: an insult or a vulgar word in slang (beaver, bướm, whale, mole, cút, bò), a bad
// sign (cú, ác là), a first name (Amber, Ruby, Jade, Robin, Oanh), ivory beside an elephant, another thing (seal, báo).
const UNKIND = /^(beaver|whale|mole|badger|seal|swallow|maroon|white|ivory|amber|ruby|jade|pearl|coral|olive|robin)$/i;
const UNKIND_VIETNAMESE = /^(bướm|cú|ác là|oanh|cút|bò|bò rừng|cò|báo|hải cẩu|vẹt|cáo|chuột chũi|bạc|chim)$/iu;

afterEach(() => speak("en"));

describe("the words", () => {
  it.each([
    ["English", en, UNKIND],
    ["Vietnamese", vi, UNKIND_VIETNAMESE],
  ])("are as many in %s as in English, without repetition, and kind", (_, texts, unkind) => {
    expect([words(texts.first).length, words(texts.second).length]).toEqual([20, 48]);
    const all = [...words(texts.first), ...words(texts.second)];
    expect(new Set(all).size).toBe(68);
    expect(all.filter((word) => unkind.test(word) || word !== word.trim() || word === "")).toEqual([]);
  });
});

describe("a placeholder name", () => {
  it("says the same words in each language", async () => {
    const english = placeholderName(idOf(1), "en").split(" ");
    await speak("vi");
    const at = [words(en.first).indexOf(english[0] ?? ""), words(en.second).indexOf(english[1] ?? "")];
    expect(placeholderName(idOf(1), "vi")).toBe(`${words(vi.second)[at[1]!]} ${words(vi.first)[at[0]!]}`);
    expect(placeholderName(idOf(1), "en")).toBe(english.join(" "));
  });

  it("gets a number once another visitor has it, which is always the same", () => {
    const first = anonymous(1_000);
    const name = placeholderName(first.id, "en");
    let other = 1_001;
    while (placeholderName(idOf(other), "en") !== name) other++;
    expect(nameOf(first, "en")).toBe(name);
    meet([anonymous(other), first]);
    const [one, two] = [nameOf(first, "en"), nameOf(anonymous(other), "en")];
    expect([one, two]).toEqual([expect.stringMatching(new RegExp(`^${name} \\d\\d$`)), expect.stringContaining(name)]);
    expect(one).not.toBe(two);
    expect(nameOf(first, "en")).toBe(one);
  });

  it("is not given to a visitor who has a name", () => {
    expect(nameOf({ id: idOf(1), name: "Jonas" }, "en")).toBe("Jonas");
  });
});
