/** Turning messages into rows. */

import { describe, expect, test } from "vitest";
import { EMPTY } from "../../../src/chat/model";
import type { ChatState, Message } from "../../../src/chat/model";
import { rowsOf } from "../../../src/embed/window/rows";
import type { Person } from "../../../src/wire/frames";

const NOON = new Date(2026, 4, 20, 12).getTime();
const MINUTE = 60_000;
const mai: Person = { party: "agent", id: "a1", name: "Mai" };
const tom: Person = { party: "agent", id: "a2", name: "Tom" };
const me: Person = { party: "visitor", id: "v1", name: "" };

const message = (seq: number, author: Person, at: number, more: Partial<Message> = {}): Message => ({
  seq,
  id: `m${seq}`,
  ref: `r${seq}`,
  author,
  at,
  kind: "text",
  body: `text ${seq}`,
  meta: {},
  ...more,
});
const rows = (messages: Message[], more: Partial<ChatState> = {}) => rowsOf({ ...EMPTY, messages, ...more });
const shape = (made: ReturnType<typeof rows>) =>
  made
    .map((row) =>
      row.type === "bubble" ? `${row.first ? "[" : ""}${row.body.slice(5)}${row.last ? "]" : ""}` : row.type,
    )
    .join(" ");

describe("answers to a form", () => {
  const body = "Order\nDay: 2026-11-20\nCode: 2026-99-99\nText: on 2026-11-20 at noon";
  const content = { type: "form_answer", name: "Order", values: [], request: "m1" };
  const bodies = (language: string, ...given: Parameters<typeof rows>) =>
    rowsOf({ ...EMPTY, messages: given[0], ...given[1] }, language).flatMap((row) =>
      row.type === "bubble" ? [row.body] : [],
    );

  test("show days as the locale does", () => {
    expect(bodies("en-GB", [message(1, me, NOON, { body, content })])).toEqual([
      "Order\nDay: 20 Nov 2026\nCode: 2026-99-99\nText: on 2026-11-20 at noon",
    ]);
    expect(bodies("vi", [message(1, me, NOON, { body, content })])[0]).toContain("Day: 20 thg 11, 2026");
  });

  test("do so while they are sent, and after an agent has corrected them", () => {
    const form = { conversation: "c", request: "m1", values: {}, body: "Day: 2026-11-20" };
    const unsent = [{ ref: "x", body: "", at: NOON, refused: 0, form }];
    const forms = { m1: { state: null, body: "Day: 2026-11-21" } } as unknown as ChatState["forms"];
    expect(bodies("en-GB", [message(1, me, NOON, { body, content })], { unsent, forms })).toEqual([
      "Day: 21 Nov 2026",
      "Day: 20 Nov 2026",
    ]);
  });

  test("are all that is changed: what a person wrote stays", () => {
    expect(bodies("en-GB", [message(1, me, NOON, { body: "Day: 2026-11-20" })])).toEqual(["Day: 2026-11-20"]);
  });
});

describe("groups", () => {
  test("hold messages of one author within five minutes", () => {
    const made = rows([
      message(1, mai, NOON),
      message(2, mai, NOON + MINUTE),
      message(3, tom, NOON + MINUTE),
      message(4, tom, NOON + 7 * MINUTE),
      message(5, me, NOON + 7 * MINUTE),
    ]);
    expect(shape(made)).toBe("day [1 2] [3] [4] [5]");
  });

  test("end at a new day and at a system message", () => {
    const midnight = new Date(2026, 4, 21).getTime();
    const made = rows([
      message(1, mai, midnight - 1_000),
      message(2, mai, midnight + 1_000),
      message(3, mai, midnight + 2_000, { kind: "system" }),
      message(4, mai, midnight + 3_000),
    ]);
    expect(shape(made)).toBe("day [1] day [2] note [4]");
  });

  test("include pending texts", () => {
    const unsent = [{ ref: "x", body: "text x", at: NOON + 1_000, refused: 0 }];
    expect(shape(rows([message(1, me, NOON)], { unsent }))).toBe("day [1 x]");
  });
});

const marks = (made: ReturnType<typeof rows>) => made.flatMap((row) => (row.type === "bubble" ? [row.mark] : []));

test("own texts have a status, others have none", () => {
  const unsent = [
    { ref: "x", body: "x", at: NOON, refused: 0 },
    { ref: "y", body: "y", at: NOON, refused: 109 },
  ];
  const made = rows([message(1, me, NOON), message(2, me, NOON)], { unsent, agentReadSeq: 1 });
  expect(marks(made)).toEqual(["read", "sent", "sending", "failed"]);
});

test("an agent who answers has read the earlier messages", () => {
  const made = rows([message(1, me, NOON), message(2, mai, NOON), message(3, me, NOON)], {});
  expect(marks(made)).toEqual(["read", null, "sent"]);
});

test("a text keeps its element when it becomes a message", () => {
  const before = rows([], { unsent: [{ ref: "r1", body: "text 1", at: NOON, refused: 0 }] });
  const after = rows([message(1, me, NOON)]);
  expect(before[1]!.key).toBe(after[1]!.key);
});

test("a message of an unknown kind and party is a bubble with its text and author", () => {
  const parley: Person = { party: "assistant", id: "a3", name: "Parley" };
  const [, row] = rows([message(1, parley, NOON, { kind: "card" })]);
  expect(row).toMatchObject({ type: "bubble", mine: false, author: parley, body: "text 1", mark: null });
});

describe("messages of a newer server", () => {
  const card = { type: "card", lines: [{ of: 1 }] };

  test("need a newer version when their content is of an unknown type, also in a line and in an own bubble", () => {
    const made = rows([
      message(1, mai, NOON, { kind: "card", content: card }),
      message(2, me, NOON, { kind: "poll", content: { type: "poll", name: "a" } }),
      message(3, mai, NOON, { kind: "system", content: { type: [] } }),
    ]);
    expect(made.slice(1)).toMatchObject([
      { type: "bubble", instead: "newer" },
      { type: "bubble", mine: true, instead: "newer" },
      { type: "note", instead: "newer" },
    ]);
  });

  test("are shown by their text when there is no content, whatever their kind", () => {
    const made = rows([
      message(1, mai, NOON, { kind: "card" }),
      message(2, mai, NOON, { content: null }),
      message(3, mai, NOON, { content: { type: "assistant_turn", turn: "t", later: [1] } }),
    ]);
    expect(made.slice(1).map((row) => row.type === "bubble" && row.instead)).toEqual([null, null, null]);
  });
});

test("forms and files have a place beside the text, under the id that the message has now", () => {
  const files = { type: "attachment", files: [{ id: "f" }] };
  const made = rows(
    [
      message(1, mai, NOON, { content: { type: "form_request" } }),
      message(2, me, NOON, { content: files }),
      message(3, me, NOON, { content: files, redacted_at: NOON }),
      message(4, mai, NOON),
    ],
    {
      unsent: [
        {
          ref: "r",
          body: "",
          at: NOON,
          refused: 0,
          attached: { type: "attach", files: ["f"], body: "", shown: "a.pdf", content: files },
        },
      ],
    },
  );
  expect(made.slice(1).map((row) => row.type === "bubble" && [row.card, row.id, row.body])).toEqual([
    ["form", "m1", "text 1"],
    ["files", "m2", "text 2"],
    [false, "m3", "text 3"],
    [undefined, "m4", "text 4"],
    ["files", "r", "a.pdf"],
  ]);
});

test("a message that the assistant was stopped in says so", () => {
  const content = { type: "assistant_turn", turn: "t", stopped: true };
  const made = rows([
    message(1, mai, NOON, { content }),
    message(2, mai, NOON, { content: { ...content, stopped: false } }),
  ]);
  expect(made.slice(1)).toMatchObject([{ note: "stopped" }, { note: false }]);
});

test("an edited message says so, and a removed one says only that", () => {
  const made = rows([
    message(1, mai, NOON, { version: 1, edited_at: NOON }),
    message(2, me, NOON, { version: 3, edited_at: NOON, redacted_at: NOON, body: "" }),
    message(3, mai, NOON, { version: 2, kind: "system", redacted_at: NOON, body: "" }),
  ]);
  expect(made.slice(1)).toMatchObject([
    { note: "edited", instead: null },
    { note: false, instead: "removed" },
    { type: "note", instead: "removed" },
  ]);
});

test("an assistant and a person of one id are two groups", () => {
  const bot: Person = { party: "assistant", id: mai.id, name: "" };
  expect(shape(rows([message(1, mai, NOON), message(2, bot, NOON), message(3, bot, NOON)]))).toBe("day [1] [2 3]");
});

test("a message of the system is a line, whatever its kind", () => {
  const system: Person = { party: "system", id: "s", name: "" };
  expect(shape(rows([message(1, system, NOON), message(2, mai, NOON)]))).toBe("day note [2]");
});
