/** The assistant in the inbox: who answers, and its running turn in the open conversation. */

import { describe, expect, it, test } from "vitest";

import { translator } from "../../src/dashboard/texts/i18n";
import { en, type Key } from "../../src/dashboard/assistant/texts/en";
import { ownerSentence } from "../../src/dashboard/assistant/owner_line";
import { otherOwner } from "../../src/dashboard/assistant/owner_button";
import { fromFrame } from "../../src/dashboard/store/from_frame";
import { threadOf } from "../../src/dashboard/state/threads";
import { timeline } from "../../src/dashboard/state/timeline";
import type { Action } from "../../src/dashboard/state/actions";
import type { State } from "../../src/dashboard/state/model";
import { stroke } from "../../src/dashboard/views/keyboard";
import { SILENCE } from "../../src/chat/stream";
import type { ServerFrame } from "../../src/wire/frames";
import { after, AGENT, atWork, COLLEAGUE, ME, message, reading, row, VISITOR } from "./factories";

const ARIA = { party: "assistant" as const, id: "ai", name: "Aria" };
const T = "turn";

const changed = (changes: Extract<ServerFrame, { type: "changed" }>["changes"], change = 1, at = 2_000): Action =>
  fromFrame({ type: "changed", conversation: "c", seq: 1, at, changes, change }, 0)!;
const frame = (given: Partial<ServerFrame> & { type: ServerFrame["type"] }, now = 0): Action =>
  fromFrame({ conversation: "c", turn: T, ...given } as ServerFrame, now)!;
const start = (now = 0) => frame({ type: "streamstart", author: ARIA }, now);
const token = (n: number, offset: number, text: string, now = 0) =>
  frame({ type: "streamtoken", n, offset, text }, now);
const end = (now = 0) => frame({ type: "streamend", message: "m2", seq: 2 }, now);
const spoken = (body: string): Action => ({
  type: "message",
  conversation: "c",
  message: message(2, { author: ARIA, body, content: { type: "assistant_turn", turn: T } }),
});
const texts = (state: State) => state.streams.turns.map(({ text }) => text);

describe("who answers", () => {
  it("is in the row, by a frame and by REST, and the newer one counts", () => {
    const state = atWork(row("c", { owner: "assistant", owner_reason: "began" }));
    const taken = after(
      state,
      changed({ owner: "person", owner_reason: "taken_over", by_party: "agent", by: ME }),
    ).state;
    expect(taken.entries.get("c")?.conversation).toMatchObject({ owner: "person", owner_reason: "taken_over" });
    const old: Action = { type: "conversation", conversation: row("c", { owner: "assistant" }), tick: state.tick };
    expect(after(taken, old).state.entries.get("c")?.conversation.owner).toBe("person");
    const fresh: Action = { ...old, tick: taken.tick };
    expect(after(taken, fresh).state.entries.get("c")?.conversation.owner).toBe("assistant");
  });

  it("is a line of the thread when it changes, once", () => {
    const action = changed({
      owner: "person",
      owner_reason: "taken_over",
      by_party: "agent",
      by: "jonas",
      by_name: "Jonas",
    });
    const { state } = after(reading(1), action, action);
    const lines = timeline(threadOf(state, "c"), ME).filter(({ type }) => type === "change");
    expect(lines).toMatchObject([
      { change: { by: COLLEAGUE, owner: { to: "person", reason: "taken_over" }, status: null, assigned: false } },
    ]);
  });

  it("decides whether the assistant's last words are an answer that the visitor waits for", () => {
    const last = { kind: "text", author: ARIA, redacted: false } as const;
    const state = atWork(row("c", { owner: "assistant", waiting_since: null, last_message: last }));
    const since = (next: State) => next.entries.get("c")?.conversation.waiting_since;
    const handed = after(state, changed({ owner: "person", owner_reason: "handoff", by_party: "assistant", by: "ai" }));
    expect(since(handed.state)).toBe(2_000);
    const back = changed({ owner: "assistant", owner_reason: "given_back", by_party: "agent", by: ME }, 2);
    expect(since(after(handed.state, back).state)).toBeNull();
  });

  it("that a later server names is left as it was", () => {
    const state = atWork(row("c", { owner: "assistant" }));
    const { state: next } = after(state, changed({ owner: "committee" as "person" }));
    expect(next.entries.get("c")?.conversation.owner).toBe("assistant");
  });

  it("after our own request is what the response says", () => {
    const action: Action = { type: "owner", conversation: "c", owner: "person", reason: "taken_over" };
    expect(after(atWork(row("c")), action).state.entries.get("c")?.conversation.owner).toBe("person");
  });

  it("can be changed where the assistant has answered, and nobody has ended or blocked it", () => {
    expect(otherOwner(row("c", { owner: "assistant" }))).toBe("person");
    expect(otherOwner(row("c", { owner: "person" }))).toBe("assistant");
    expect(otherOwner(row("c"))).toBeNull();
    expect(otherOwner(row("c", { owner: "assistant", ended: true }))).toBeNull();
    expect(otherOwner(row("c", { owner: "assistant", withheld: true }))).toBeNull();
    const press = { key: "t", ctrl: false, alt: false, shift: false, writing: false, single: true };
    expect(stroke(press)).toBe("owner");
    expect(stroke({ ...press, writing: true })).toBeNull();
  });
});

describe("the sentence about a change of who answers", () => {
  const t = translator<Key>(en);
  const says = (reason: string, by = AGENT, to: "person" | "assistant" = "person") =>
    ownerSentence({ to, reason }, by, by.name, t);

  test.each([
    ["taken_over", "Mai took over from the assistant"],
    ["replied", "Mai replied, and took over from the assistant"],
    ["released", "Mai gave this back to the assistant"],
    ["handed_over", "The assistant handed this over"],
    ["committee", "A person answers from here"],
  ])("%s", (reason, sentence) => expect(says(reason)).toBe(sentence));

  it("names the visitor who chose", () => {
    expect(says("declined", VISITOR)).toBe("Sofia asked for a person");
    expect(says("released", VISITOR, "assistant")).toBe("Sofia asked for the assistant");
    expect(says("reopened", VISITOR, "assistant")).toBe("The assistant answers the next message");
  });
});

describe("the running turn of the open conversation", () => {
  it("grows, and goes with its message, whichever of the lanes is faster", () => {
    const grown = after(reading(1), start(), token(0, 0, "Hel"), token(1, 3, "lo")).state;
    expect(texts(grown)).toEqual(["Hello"]);
    const ended = after(grown, end()).state;
    expect(texts(ended)).toEqual(["Hello"]); // until the message is there
    expect(texts(after(ended, spoken("Hello")).state)).toEqual([]);
    const first = after(grown, spoken("Hello")).state;
    expect(texts(first)).toEqual([]);
    expect(texts(after(first, token(2, 5, "!"), end(), start()).state)).toEqual([]);
  });

  it("of a message that came before its first frame is not shown", () => {
    expect(texts(after(reading(1), spoken("Hello"), start(), token(0, 0, "Hello")).state)).toEqual([]);
  });

  it("goes with the page of history that has its message", () => {
    const grown = after(reading(1), start(), token(0, 0, "Hello"), end()).state;
    const items = [message(2, { author: ARIA, content: { type: "assistant_turn", turn: T } })];
    const page: Action = { type: "messages", conversation: "c", where: "after", items, has_more: false };
    expect(texts(after(grown, page).state)).toEqual([]);
  });

  it("of another conversation is not shown, and is gone when another one is opened", () => {
    const other = after(reading(1), frame({ type: "streamstart", conversation: "d", author: ARIA })).state;
    expect(other.streams.turns).toEqual([]);
    const grown = after(reading(1), start(), token(0, 0, "Hello")).state;
    expect(texts(after(grown, { type: "open", conversation: "d" }).state)).toEqual([]);
    expect(texts(after(grown, { type: "open", conversation: "c" }).state)).toEqual(["Hello"]);
  });

  it("is asked for when the server begins to send it, if the assistant answers", () => {
    const ask = [{ type: "ask stream", conversation: "c" }];
    const watching: Action = { type: "watching", conversation: "c", now: 0 };
    const open = (owner: "assistant" | "person") =>
      after(atWork(row("c", { owner })), { type: "open", conversation: "c" }, watching).effects;
    expect(open("assistant")).toEqual(ask);
    expect(open("person")).toEqual([]);
    expect(after(atWork(), { type: "open", conversation: "c" }, watching).effects).toEqual(ask);
    expect(after(atWork(row("c", { owner: "assistant" })), watching).effects).toEqual([]); // closed meanwhile
  });

  it("is asked for at a gap, once, and after five silent seconds", () => {
    const gap = after(reading(1), start(), token(1, 3, "lo"));
    expect(gap.effects).toEqual([{ type: "ask stream", conversation: "c" }]);
    expect(after(gap.state, token(2, 5, "!", 10)).effects).toEqual([]);
    const silent = after(reading(1), start(), token(0, 0, "Hello"));
    expect(after(silent.state, { type: "tick", now: SILENCE - 1 }).effects).toEqual([]);
    expect(after(silent.state, { type: "tick", now: SILENCE }).effects).toEqual(gap.effects);
  });

  it("costs nothing while there is none", () => {
    const state = reading(1);
    expect(after(state, { type: "tick", now: 1 }).state).toBe(state);
  });

  it("that has ended unnoticed goes, and its message is fetched", () => {
    const fetched = [{ type: "fetch after", conversation: "c", seq: 1 }];
    const asked = after(reading(1), start(), token(0, 0, "Hello"), { type: "tick", now: SILENCE }).state;
    const answered = after(asked, { type: "stream answered", conversation: "c" });
    expect(texts(answered.state)).toEqual([]);
    expect(answered.effects).toEqual(fetched);
    const over = after(reading(1), start(), token(0, 0, "Hello"), end(10)).state;
    const late = after(over, { type: "tick", now: 10 + SILENCE });
    expect(texts(late.state)).toEqual([]);
    expect(late.effects).toEqual(fetched);
  });
});
