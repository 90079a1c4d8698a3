/** The article's form, files that can be imported, reasons in words, and the names of languages. */

import { describe, expect, it } from "vitest";

import { type Draft, faultsOf, MAX_CONTENT, nearLimit } from "../../src/dashboard/settings/knowledge/editor/draft";
import { knowledgeTranslator } from "../../src/dashboard/settings/knowledge/i18n";
import { faultOf, typeOf } from "../../src/dashboard/settings/knowledge/imports/files";
import { isFruitless, reason } from "../../src/dashboard/settings/knowledge/imports/reasons";
import { articleLanguage, languageChoices, languageName } from "../../src/dashboard/settings/knowledge/languages";

const GOOD: Draft = { title: "Delivery", language: "en", category: "", url: "", content: "Three days." };

describe("what keeps an article from being sent", () => {
  it.each<[string, Partial<Draft>, readonly (readonly [string, string])[]]>([
    ["nothing", {}, []],
    ["no title", { title: "  " }, [["title", "required"]]],
    ["no text", { content: "\n" }, [["content", "required"]]],
    ["an address without its scheme", { url: "shop.example/a" }, [["url", "not_a_url"]]],
    ["an address with another scheme", { url: "javascript:alert(1)" }, [["url", "not_a_url"]]],
    ["too much text", { content: "x".repeat(MAX_CONTENT + 1) }, [["content", "too_long"]]],
  ])("%s", (_, change, expected) => {
    expect([...faultsOf({ ...GOOD, ...change })]).toEqual(expected);
  });

  it("counts characters, not units of UTF-16, and only near the limit", () => {
    expect(faultsOf({ ...GOOD, content: "🎉".repeat(MAX_CONTENT) }).size).toBe(0);
    expect(nearLimit("x".repeat(179_999))).toBe(0);
    expect(nearLimit("🎉".repeat(100_000))).toBe(0);
    expect(nearLimit("🎉".repeat(180_000))).toBe(180_000);
  });
});

it("knows by its name which file can be imported, and as what", () => {
  expect(["a.MD", "a.b.html", "notes.txt", "a.pdf"].map(typeOf)).toEqual([
    "text/markdown",
    "text/html",
    "text/plain",
    "application/pdf",
  ]);
  expect([typeOf("a.docx"), typeOf("md")]).toEqual([null, null]);
  const fault = (name: string, size: number) => faultOf({ name, size });
  expect([faultOf(null), fault("a.docx", 1), fault("a.md", 0), fault("a.md", 10 * 1024 * 1024 + 1)]).toEqual([
    "missing",
    "kind",
    "empty",
    "large",
  ]);
  expect(fault("a.md", 10 * 1024 * 1024)).toBeNull();
});

it("says reasons in words, those of a later server too", () => {
  const t = knowledgeTranslator("en");
  expect(reason("status_404", t)).toBe("The page does not exist (404).");
  expect(reason("status_502", t)).toBe("The page answered with the error 502.");
  expect(reason("edited", t)).toContain("edited here");
  expect(reason("haunted", t)).toBe("It was refused (haunted).");
});

it("names languages in the language of the page, and keeps those that articles have", () => {
  expect([languageName("de", "en"), languageName("de", "vi")]).toEqual(["German", "Tiếng Đức"]);
  expect(languageName("not a tag", "en")).toBe("not a tag");
  const tags = languageChoices(["gsw", "en"], "en").map(([tag]) => tag);
  expect(tags.filter((tag) => tag === "en")).toHaveLength(1);
  expect(tags).toContain("gsw");
});

it("gives an article the base of a browser's language, unless the whole tag is a choice", () => {
  const given = ["en-US", "vi-VN", "pt-br", "zh-Hant", "gsw-CH", "de", ""];
  expect(given.map(articleLanguage)).toEqual(["en", "vi", "pt-BR", "zh-Hant", "gsw", "de", ""]);
});

it("knows an import that brought in nothing", () => {
  const counts = { state: "done", created: 0, changed: 0, unchanged: 0 } as const;
  expect(isFruitless(counts)).toBe(true);
  expect(isFruitless({ ...counts, unchanged: 1 })).toBe(false);
  expect(isFruitless({ ...counts, state: "running" })).toBe(false);
});
