/** The pure parts of the copilot: edit distance, lengths on networks, and edits of posts by hand. */

import { describe, expect, test } from "vitest";

import { stroke } from "../../../src/dashboard/views/keyboard";
import { baseOf } from "../../../src/dashboard/copilot/languages";
import {
  canAddSegment,
  changeOf,
  draftOf,
  faultOf,
  countOf,
  hashtagsOf,
  pasted,
  wholeText,
} from "../../../src/dashboard/copilot/drafts/edits";
import { distance, MAX_DISTANCE } from "../../../src/dashboard/copilot/model/distance";
import { lengthOn, weight } from "../../../src/dashboard/copilot/model/lengths";

describe("the edit distance", () => {
  test.each([
    ["", "", 0],
    ["kitten", "sitting", 3],
    ["flaw", "lawn", 2],
    ["abc", "", 3],
    ["", "xin chào", 8],
    ["Chào bạn 👋", "Chào bạn", 2],
    ["👍🏽", "👍", 1],
    ["same text", "same text", 0],
    ["Thank you for your message.", "Thanks for your message!", 5],
  ])("of %j and %j is %i", (from, to, expected) => {
    expect(distance(from, to)).toBe(expected);
    expect(distance(to, from)).toBe(expected);
  });

  test("is that of the whole table, whatever begins and ends alike", () => {
    const naive = (a: readonly string[], b: readonly string[]): number => {
      const table = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
      for (let j = 0; j <= b.length; j++) table[0]![j] = j;
      for (let i = 1; i <= a.length; i++)
        for (let j = 1; j <= b.length; j++)
          table[i]![j] = Math.min(
            table[i - 1]![j]! + 1,
            table[i]![j - 1]! + 1,
            table[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
          );
      return table[a.length]![b.length]!;
    };
    let seed = 7;
    const next = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const made = () => Array.from({ length: Math.floor(next() * 9) }, () => "aab"[Math.floor(next() * 3)]!).join("");
    for (let round = 0; round < 400; round++) {
      const [a, b] = [made(), made()];
      expect(distance(a, b)).toBe(naive([...a], [...b]));
    }
  });

  test("of very long texts is bounded, and takes no long time", () => {
    expect(distance("a".repeat(30_000), "b".repeat(30_000))).toBe(MAX_DISTANCE);
    expect(distance("a".repeat(9_000), "b".repeat(4_000))).toBe(9_000);
  });
});

describe("the length on X", () => {
  test.each([
    ["hello", 5],
    ["Chào bạn", 9], // ạ counts as two
    ["Cha\u0300o", 4], // NFC
    ["日本", 4],
    ["👋", 2],
    ["👩‍👩‍👧", 2],
    ["👍🏽", 2],
    ["see https://shop.example/a/very/long/address?with=parameters now", 4 + 23 + 4],
    ["“quoted”", 8],
  ])("of %j is %i", (text, expected) => {
    expect(weight(text)).toBe(expected);
  });

  test("is in code points on other networks", () => {
    expect(lengthOn("linkedin", "日本👋")).toBe(3);
  });
});

describe("an edit by hand", () => {
  const post = { segments: ["One", "Two"], hashtags: ["#a", "#b"], visual: "A door" };

  test("names only the fields that it changes", () => {
    const draft = draftOf(post);
    expect(changeOf(post, draft)).toBeNull();
    expect(changeOf(post, { ...draft, visual: "A window" })).toEqual({ visual: "A window" });
    expect(changeOf(post, { ...draft, hashtags: "a, #b" })).toBeNull();
    expect(changeOf(post, { ...draft, segments: ["One"] })).toEqual({ segments: ["One"] });
  });

  test("cannot be saved with an empty text or a bad hashtag", () => {
    const draft = draftOf(post);
    expect(faultOf("x", draft)).toBeNull();
    expect(faultOf("x", { ...draft, segments: ["One", " "] })).toBe("empty");
    expect(faultOf("x", { ...draft, segments: [] })).toBe("empty");
    expect(faultOf("x", { ...draft, hashtags: "#so-long" })).toBe("hashtag");
    expect(faultOf("x", { ...draft, hashtags: "#123" })).toBe("hashtag");
    expect(faultOf("x", { ...draft, hashtags: "#khách_hàng" })).toBeNull();
    expect(faultOf("x", { ...draft, hashtags: "a b c d e f" })).toBe("hashtags");
  });

  test("adds posts to a thread on X only", () => {
    expect(canAddSegment("x", draftOf(post))).toBe(true);
    expect(canAddSegment("linkedin", draftOf(post))).toBe(false);
    expect(canAddSegment("x", { ...draftOf(post), segments: Array<string>(25).fill("a") })).toBe(false);
  });

  test("hashtags are split at spaces and commas, and get their sign", () => {
    expect(hashtagsOf(" a,#b  c ")).toEqual(["#a", "#b", "#c"]);
  });

  test("the whole text ends with the hashtags", () => {
    expect(wholeText(post)).toBe("One\n\nTwo\n\n#a #b");
    expect(wholeText({ ...post, hashtags: [] })).toBe("One\n\nTwo");
  });

  test("the hashtags count in the last segment, as they are pasted", () => {
    const hashtags = ["#support", "#livechat"];
    const long = "a".repeat(275);
    const [only = ""] = pasted({ segments: [long], hashtags });
    expect(only).toBe(wholeText({ segments: [long], hashtags, visual: "" }));
    expect(countOf("x", only)).toEqual({ n: 275 + 2 + 18, limit: 280 });
    expect(pasted({ segments: [long, "Two"], hashtags })).toEqual([long, "Two\n\n#support #livechat"]);
    expect(pasted({ segments: [long], hashtags: [] })).toEqual([long]);
  });
});

test("the language of a visitor's browser is its base", () => {
  expect(["de-AT", "vi", "zh_TW", "", "x", "EN-us", "english"].map(baseOf)).toEqual([
    "de",
    "vi",
    "zh",
    "",
    "",
    "en",
    "",
  ]);
});

describe("the keys of the copilot", () => {
  const press = { key: "c", ctrl: false, alt: false, shift: false, writing: false, single: true };

  test("are C where no text is written, and Ctrl+J also there", () => {
    expect(stroke(press)).toBe("copilot");
    expect(stroke({ ...press, writing: true })).toBeNull();
    expect(stroke({ ...press, single: false })).toBeNull();
    expect(stroke({ ...press, key: "j", ctrl: true, writing: true })).toBe("copilot");
    expect(stroke({ ...press, ctrl: true })).toBeNull(); // copying
  });
});
