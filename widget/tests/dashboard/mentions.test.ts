/** Mentions: the "@" that is being typed, the teammates that fit, the names in a text, the agent's own list. */

import { beforeEach, describe, expect, it, vi } from "vitest";

import { MentionInbox } from "../../src/dashboard/mentions/inbox";
import { kept, matching, mentionAt, mentionPieces, mentionsOf } from "../../src/dashboard/mentions/text";
import type { Api } from "../../src/dashboard/rest/api";
import type { Member, Mention, MentionList } from "../../src/rest/types";

const MEMBERS: readonly Member[] = ["An Bình", "An", "Đỗ Thị Mai", "Tom Brandt"].map((full_name, index) => ({
  user_id: `u${index}`,
  full_name,
  email: `${index}.person@shop.example`,
  role: "agent",
  joined_at: 0,
}));
const AN = { user: "u1", name: "An" };
const AN_BINH = { user: "u0", name: "An Bình" };

describe("the name that is being typed", () => {
  it.each([
    ["@", 0, ""],
    ["@To", 0, "To"],
    ["call @Tom", 5, "Tom"],
    ["(@đỗ", 1, "đỗ"],
    ["@Đỗ Thị M", 0, "Đỗ Thị M"],
    ["a\n@x", 2, "x"],
  ])("is found in %j", (text, start, typed) => {
    expect(mentionAt(text, text.length)).toEqual({ start, text: typed });
  });

  it.each(["mai@shop.example", "x@", "@Tom Brandt is here now", "@@", "no sign"])("is none in %j", (text) => {
    expect(mentionAt(text, text.length)).toBeNull();
  });

  it("ends at the caret", () => {
    expect(mentionAt("@To and more", 3)).toEqual({ start: 0, text: "To" });
  });
});

describe("the teammates that fit", () => {
  it.each([
    ["", ["An Bình", "An", "Đỗ Thị Mai", "Tom Brandt"]],
    ["an", ["An Bình", "An", "Tom Brandt"]],
    ["do thi", ["Đỗ Thị Mai"]],
    ["MAI", ["Đỗ Thị Mai"]],
    ["tbr", ["Tom Brandt"]],
    ["3.per", ["Tom Brandt"]],
    ["zz", []],
  ])("for %j", (typed, names) => {
    expect(matching(MEMBERS, typed, 9).map(({ full_name }) => full_name)).toEqual(names);
  });
});

describe("the mentions of a text", () => {
  it("are those that it still names, each once, and at most ten", () => {
    expect(kept("@An Bình, please", [AN_BINH, AN_BINH, { user: "u3", name: "Tom Brandt" }])).toEqual([AN_BINH]);
    const many = Array.from({ length: 12 }, (_, index) => ({ user: `m${index}`, name: "An" }));
    expect(kept("@An", many)).toHaveLength(10);
  });

  it("are marked, the longest name first", () => {
    expect(mentionPieces("Hi @An Bình and @An!", [AN, AN_BINH])).toEqual([
      { text: "Hi ", user: null },
      { text: "@An Bình", user: "u0" },
      { text: " and ", user: null },
      { text: "@An", user: "u1" },
      { text: "!", user: null },
    ]);
    expect(mentionPieces("@Nobody", [AN])).toEqual([{ text: "@Nobody", user: null }]);
  });

  it("come from the content of a message, whatever a later server puts there", () => {
    expect(mentionsOf({ type: "mentions", users: [AN, { user: 7 }, null, { user: "x", name: "" }] })).toEqual([AN]);
    for (const content of [null, undefined, {}, { type: "mentions" }, { type: "other", users: [AN] }])
      expect(mentionsOf(content)).toEqual([]);
  });
});

describe("the agent's own mentions", () => {
  const mention = (id: string, more: Partial<Mention> = {}): Mention => ({
    id,
    at: 1,
    author: { id: "u1", full_name: "An" },
    visitor: { id: "v", name: "Visitor" },
    note: null,
    conversation: "c",
    seq: 3,
    text: "@Me",
    read: false,
    ...more,
  });
  let list: MentionList;
  let posted: unknown[];
  let inbox: MentionInbox;
  let refuse: boolean;

  beforeEach(async () => {
    vi.stubGlobal("document", { visibilityState: "visible", hasFocus: () => true });
    list = { items: [mention("b"), mention("a", { note: "n", seq: null })], unread: 2 };
    posted = [];
    refuse = false;
    const call = async (method: string, _: string, body: unknown): Promise<unknown> => {
      if (method === "GET") return list;
      posted.push(body);
      if (refuse) throw new Error("away");
      return undefined;
    };
    inbox = new MentionInbox({ call } as unknown as Api, "p");
    await inbox.load();
  });

  it("are read at once on screen, and then on the server", () => {
    inbox.read(["b"]);
    expect(inbox.list?.unread).toBe(1);
    expect(inbox.list?.items.map(({ read }) => read)).toEqual([true, false]);
    expect(posted).toEqual([{ ids: ["b"] }]);
    inbox.read(["b"]);
    expect(posted).toHaveLength(1);
    inbox.read(null);
    expect([inbox.list?.unread, posted[1]]).toEqual([0, {}]);
  });

  it("are read when their note is on screen", () => {
    const stop = inbox.seeing(({ note }) => note === "n");
    expect(posted).toEqual([{ ids: ["a"] }]);
    stop();
    inbox.look();
    expect(posted).toHaveLength(1);
  });

  it("are unread again if the server did not take it, without trying for ever", async () => {
    refuse = true;
    inbox.seeing(({ note }) => note === "n");
    await vi.waitFor(() => expect(inbox.list?.unread).toBe(2));
    expect(posted).toHaveLength(1);
  });
});
