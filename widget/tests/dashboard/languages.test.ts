/** The texts of areas: which language is spoken, and what is missing. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Area, onSpoken, speak, spokenLanguage, textsReady, translator } from "../../src/dashboard/texts/areas";
import { known, LANGUAGES, languageOf, nameOfLanguage } from "../../src/dashboard/texts/i18n";

const ENGLISH = { hello: "Hello", "left.one": "One left", left: "{n} left" };
type Key = keyof typeof ENGLISH;

const file = (texts: Readonly<Record<string, string>>) => () => Promise.resolve({ texts });
const later = () => {
  let come: (texts: Readonly<Record<string, string>>) => void = () => undefined;
  const texts = new Promise<{ readonly texts: Readonly<Record<string, string>> }>((resolve) => {
    come = (given) => resolve({ texts: given });
  });
  return { load: () => texts, come };
};

beforeEach(() => speak("en"));
afterEach(() => speak("en"));

describe("an area", () => {
  it("speaks a language for which it has a file, and English where a text is missing", async () => {
    const area = new Area<Key>(ENGLISH, { xx: file({ hello: "Xello" }) });
    await speak("xx");
    expect([area.translator("xx")("hello"), area.translator("xx")("left", { n: 3 })]).toEqual(["Xello", "3 left"]);
    expect(area.translator("en")("hello")).toBe("Hello");
    expect(area.translator("yy")("hello")).toBe("Hello");
  });

  it("that is loaded later is ready when its texts are", async () => {
    await speak("xx");
    const { load, come } = later();
    const area = new Area<Key>(ENGLISH, { xx: load });
    const ready = textsReady();
    come({ hello: "Xello" });
    await ready;
    expect(area.translator("xx")("hello")).toBe("Xello");
  });

  it("is English when its file cannot be loaded, and asks again the next time", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    let tries = 0;
    const load = () =>
      ++tries === 1 ? Promise.reject(new Error("offline")) : Promise.resolve({ texts: { hello: "Xello" } });
    const area = new Area<Key>(ENGLISH, { xx: load });
    await speak("xx");
    expect([spokenLanguage(), area.translator("xx")("hello"), warn.mock.calls.length]).toEqual(["xx", "Hello", 1]);
    await speak("en");
    await speak("xx");
    expect(area.translator("xx")("hello")).toBe("Xello");
    warn.mockRestore();
  });
});

describe("the language", () => {
  it("changes when its texts are here, and once", async () => {
    const { load, come } = later();
    new Area<Key>(ENGLISH, { xx: load });
    const heard = vi.fn();
    const stop = onSpoken(heard);
    const spoken = speak("xx");
    expect(spokenLanguage()).toBe("en");
    come({});
    await spoken;
    expect([spokenLanguage(), heard.mock.calls.length]).toEqual(["xx", 1]);
    await speak("xx");
    stop();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("is the one that was chosen last, whichever comes first", async () => {
    const slow = later();
    new Area<Key>(ENGLISH, { xx: slow.load, yy: file({}) });
    const first = speak("xx");
    const second = speak("yy");
    slow.come({});
    await Promise.all([first, second]);
    expect(spokenLanguage()).toBe("yy");
  });

  it("is offered if the inbox has texts in it", () => {
    expect(LANGUAGES).toEqual(["en", "vi"]);
    expect([known("VI-vn"), known("xx"), languageOf("xx", ["vi"]), languageOf("", ["xx", "vi"])]).toEqual([
      "vi",
      null,
      "en",
      "vi",
    ]);
    expect([nameOfLanguage("vi"), nameOfLanguage("de"), nameOfLanguage("not a tag")]).toEqual([
      "Tiếng Việt",
      "Deutsch",
      "not a tag",
    ]);
  });
});

it("counts as the language does", () => {
  const t = translator<string>({ left: "{n} rest", "left.one": "{n} one", "left.few": "{n} few" }, "pl");
  expect([1, 2, 5].map((n) => t("left", { n }))).toEqual(["1 one", "2 few", "5 rest"]);
  const vietnamese = translator<string>({ left: "còn {n}", "left.one": "còn một" }, "vi");
  expect([1, 2].map((n) => vietnamese("left", { n }))).toEqual(["còn một", "còn 2"]);
});
