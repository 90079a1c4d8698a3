/** What the user sees: days and groups of bubbles, times, avatars, keys, texts. */

import { describe, expect, it } from "vitest";

import { parsed } from "../../src/dashboard/store/preferences";
import { onlyEmoji } from "../../src/dashboard/state/emoji";
import { initialsOf } from "../../src/dashboard/state/avatars";
import { EMPTY_THREAD } from "../../src/dashboard/state/model";
import { timeline } from "../../src/dashboard/state/timeline";
import { ago, clock, dayName, exactly } from "../../src/dashboard/state/times";
import { en } from "../../src/dashboard/texts/inbox/en";
import { languageOf, inboxTranslator } from "../../src/dashboard/texts/i18n";
import { vi } from "../../src/dashboard/texts/inbox/vi";
import { neighbour, stroke } from "../../src/dashboard/views/keyboard";
import { AGENT, ME, message } from "./factories";

const NOON = new Date(2026, 10, 20, 12).getTime();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("the timeline of a thread", () => {
  it("starts each day with its date and each group with its author", () => {
    const rows = timeline(
      {
        ...EMPTY_THREAD,
        messages: [
          message(1, { at: NOON - 24 * HOUR }),
          message(2, { at: NOON }),
          message(3, { at: NOON + MINUTE }),
          message(4, { at: NOON + 2 * MINUTE, author: AGENT }),
          message(5, { at: NOON + 20 * MINUTE, author: AGENT }),
          message(6, { at: NOON + 20 * MINUTE, author: AGENT, kind: "note" }),
        ],
      },
      ME,
    );
    const shape = rows.map((row) =>
      row.type === "message" ? `${row.message.seq}${row.first ? "<" : ""}${row.last ? ">" : ""}` : row.type,
    );
    expect(shape).toEqual(["day", "1<>", "day", "2<", "3>", "4<>", "5<>", "6<>"]);
  });

  it("keeps the assistant and the system apart, who have one id", () => {
    const by = (party: string) => ({ author: { party, id: "s", name: "" } });
    const messages = [message(1, by("system")), message(2, by("assistant")), message(3, by("assistant"))];
    const rows = timeline({ ...EMPTY_THREAD, messages }, ME);
    expect(rows.map((row) => row.type === "message" && [row.first, row.last]).slice(1)).toEqual([
      [true, true],
      [true, false],
      [false, true],
    ]);
  });

  it('has one "new" marker, and not above my own message', () => {
    const of = (seen: number) =>
      timeline(
        { ...EMPTY_THREAD, seen, messages: [message(1), message(2, { author: AGENT }), message(3), message(4)] },
        ME,
      ).map((row) => (row.type === "message" ? row.message.seq : row.type));
    expect(of(1)).toEqual(["day", 1, 2, "new", 3, 4]);
    expect(of(Number.POSITIVE_INFINITY)).toEqual(["day", 1, 2, 3, 4]);
  });

  it("puts a change after the message it followed, and pending replies last", () => {
    const change = { seq: 1, at: 1_002, by: AGENT, status: "solved", assigned: false, assignee: null } as const;
    const reply = { ref: "x", body: "…", kind: "text", at: 1_010, failed: false } as const;
    const rows = timeline(
      { ...EMPTY_THREAD, messages: [message(1), message(2)], changes: [change], replies: [reply] },
      ME,
    );
    expect(rows.map((row) => row.type)).toEqual(["day", "message", "change", "message", "reply"]);
  });

  it("keeps a bubble's identity from reply to message", () => {
    const reply = { ref: "r1", body: "…", kind: "text", at: 1_001, failed: false } as const;
    const before = timeline({ ...EMPTY_THREAD, replies: [reply] }, ME).at(-1);
    const stored = timeline({ ...EMPTY_THREAD, messages: [message(1, { author: AGENT })] }, ME).at(-1);
    expect(stored?.key).toBe(before?.key);
  });
});

describe("times", () => {
  const words = { now: "now", minutes: "{n}m", hours: "{n}h", today: "Today", yesterday: "Yesterday" };

  it("become coarser with age", () => {
    const shown = (age: number) => ago(NOON - age, NOON, "en", words);
    expect([shown(5_000), shown(5 * MINUTE), shown(3 * HOUR), shown(13 * HOUR)]).toEqual([
      "now",
      "5m",
      "3h",
      "Yesterday",
    ]);
    expect(shown(3 * 24 * HOUR)).toBe("Tue");
    expect(shown(30 * 24 * HOUR)).toMatch(/Oct/);
    expect(shown(400 * 24 * HOUR)).toMatch(/2025/);
  });

  it("in the future are shown as now", () => {
    expect(ago(NOON + HOUR, NOON, "en", words)).toBe("now");
  });

  it("change their day at midnight", () => {
    const midnight = new Date(2026, 10, 20).getTime();
    expect(dayName(midnight - 1, midnight + 1, "en", words)).toBe("Yesterday");
    expect(dayName(midnight, midnight + 1, "en", words)).toBe("Today");
  });
});

it("the time below a bubble has the same format as elsewhere", () => {
  const evening = new Date(2026, 10, 20, 20, 24).getTime();
  expect(clock(evening, "en").replace(/\s/g, " ")).toBe("8:24 PM");
  for (const language of ["en", "vi"]) expect(exactly(evening, language)).toContain(clock(evening, language));
});

it("a few emoji alone are detected", () => {
  expect(["👍", "🎉 🎉", "❤️", "👩🏽‍💻", "🇻🇳🇳🇴"].map(onlyEmoji)).toEqual([true, true, true, true, true]);
  expect(["", "7", "#", "ok 👍", "👍👍👍👍", "©", "🙂".repeat(40)].map(onlyEmoji)).toEqual(Array(7).fill(false));
});

describe("avatars", () => {
  it("have the initials of a name, or the first digits of a visitor without one", () => {
    expect(["Sofia Marques", "mai", "Visitor #4fa21c", "", "Nguyễn Thị Hoa", "Azure Deer 28"].map(initialsOf)).toEqual([
      "SM",
      "M",
      "4F",
      "?",
      "NH",
      "AD",
    ]);
  });
});

describe("the keyboard", () => {
  const press = (key: string, fields = {}) =>
    stroke({ key, ctrl: false, alt: false, shift: false, writing: false, single: true, ...fields });

  it("ignores single keys while the agent is typing", () => {
    expect(press("e")).toBe("solve");
    expect(press("e", { writing: true })).toBeNull();
    expect(press("k", { ctrl: true, writing: true })).toBe("palette");
    expect(press("r", { ctrl: true })).toBeNull(); // reload is the browser's shortcut
  });

  it("ignores single keys when they are switched off; Ctrl+K, Escape and arrows still work", () => {
    for (const key of ["j", "k", "r", "n", "a", "e", "s", "z", "/", "?"])
      expect(press(key, { single: false }), key).toBeNull();
    expect(press("k", { ctrl: true, single: false })).toBe("palette");
    expect([press("Escape", { single: false }), press("ArrowDown", { single: false })]).toEqual(["back", "next"]);
    expect(press("z")).toBe("undo");
  });

  it("selects with Shift, and with Ctrl+A outside of a field", () => {
    expect(press("x")).toBe("mark");
    expect([press("J", { shift: true }), press("K", { shift: true })]).toEqual(["mark next", "mark previous"]);
    expect(press("ArrowDown", { shift: true, single: false })).toBe("mark next");
    expect(press("J", { shift: true, single: false })).toBeNull();
    expect(press("?", { shift: true })).toBe("help");
    expect(press("a", { ctrl: true })).toBe("mark all");
    expect(press("a", { ctrl: true, writing: true })).toBeNull();
  });

  it("moves through the list and stops at its ends", () => {
    expect(neighbour(["a", "b"], null, 1)).toBe("a");
    expect(neighbour(["a", "b"], "a", 1)).toBe("b");
    expect(neighbour(["a", "b"], "b", 1)).toBeNull();
    expect(neighbour([], null, 1)).toBeNull();
  });
});

describe("texts", () => {
  it("exist in every language with the same placeholders", () => {
    const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const key of Object.keys(en) as (keyof typeof en)[])
      expect(placeholders(vi[key]), key).toEqual(placeholders(en[key]));
  });

  it("follow the choice, then the browser, then English", () => {
    expect(languageOf("", ["fr-FR", "vi-VN"])).toBe("vi");
    expect(languageOf("en", ["vi"])).toBe("en");
    expect(languageOf("", ["fr"])).toBe("en");
    expect(inboxTranslator("en")("change.assigned", { name: "$& {n}" })).toBe("Assigned to $& {n}");
  });
});

describe("stored preferences", () => {
  it("fall back to defaults when invalid", () => {
    expect(parsed("not json").theme).toBe("system");
    expect(parsed("null").sound).toBe(true);
    const odd = parsed(JSON.stringify({ theme: "pink", list_width: 99_999, sound: false, view: "nowhere" }));
    expect(odd).toMatchObject({ theme: "system", list_width: 520, sound: false, view: "open" });
  });
});
