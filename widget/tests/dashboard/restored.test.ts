/** After the server was restored from a backup: the dashboard drops newer messages, and never mixes the two
 *  histories. */

import { describe, expect, it } from "vitest";

import type { Action } from "../../src/dashboard/state/actions";
import type { State } from "../../src/dashboard/state/model";
import { threadOf } from "../../src/dashboard/state/threads";
import { after, AGENT, listOf, message, messages, reading, row } from "./factories";

const held = (state: State) => threadOf(state, "c").messages.map((one) => one.id);
const latest = (items = messages(1, 3)): Action => ({
  type: "messages",
  conversation: "c",
  where: "latest",
  items,
  has_more: false,
});
const RESTORED = row("c", { last_seq: 3, read_seq: 2, unread: 1, snippet: "text 3" });
const back = (state: State): State =>
  after(state, { type: "live", live: "waiting" }, { type: "live", live: "open" }).state;

describe("after a reconnect", () => {
  it("a row with a lower seq is accepted", () => {
    const { state } = after(back(reading(9)), listOf(RESTORED));
    expect(state.entries.get("c")?.conversation).toMatchObject({
      last_seq: 3,
      read_seq: 2,
      unread: 1,
      snippet: "text 3",
    });
  });

  it("the open thread is replaced by the newest page", () => {
    const asked = after(back(reading(9)), listOf(RESTORED));
    expect(asked.effects).toContainEqual({ type: "fetch latest", conversation: "c" });
    const { state, effects } = after(asked.state, latest());
    expect(held(state)).toEqual(["m1", "m2", "m3"]);
    expect(effects).toEqual([]);
  });

  it("the response about the open conversation alone does the same", () => {
    const asked = after(back(reading(9)), { type: "conversation", conversation: RESTORED, tick: 0 });
    expect(asked.effects).toContainEqual({ type: "fetch latest", conversation: "c" });
    expect(held(after(asked.state, latest()).state)).toEqual(["m1", "m2", "m3"]);
  });

  it("later messages appear", () => {
    const restored = after(back(reading(9)), listOf(RESTORED), latest()).state;
    const { state, effects } = after(restored, {
      type: "message",
      conversation: "c",
      message: message(4, { id: "new 4" }),
    });
    expect(held(state)).toEqual(["m1", "m2", "m3", "new 4"]);
    expect(state.entries.get("c")?.conversation).toMatchObject({ last_seq: 4, unread: 2 });
    expect(effects.map((effect) => effect.type)).toEqual(["announce"]);
  });
});

describe("a different message at a `seq` that is held", () => {
  const frame: Action = { type: "message", conversation: "c", message: message(4, { id: "new 4" }) };

  it("empties the thread and fetches the newest page and the row", () => {
    const { state, effects } = after(reading(9), frame);
    expect(held(state)).toEqual([]);
    expect(effects).toContainEqual({ type: "fetch latest", conversation: "c" });
    expect(effects).toContainEqual({ type: "fetch conversation", conversation: "c" });
    const fresh = latest([...messages(1, 3), message(4, { id: "new 4" })]);
    expect(held(after(state, fresh).state)).toEqual(["m1", "m2", "m3", "new 4"]);
  });

  it("is also detected for the agent's own reply", () => {
    const reply = message(4, { id: "new 4", author: AGENT });
    const { state, effects } = after(reading(9), { type: "sent", conversation: "c", message: reply });
    expect(held(state)).toEqual([]);
    expect(effects).toContainEqual({ type: "fetch latest", conversation: "c" });
  });
});

describe("without a restore", () => {
  it("a response older than a message does not remove it", () => {
    const state = after(reading(3), { type: "message", conversation: "c", message: message(4) }).state;
    const old = { type: "list", view: "open", items: [RESTORED], cursor: null, fresh: true, tick: 0 } as const;
    const { state: next, effects } = after(state, old);
    expect(next.entries.get("c")?.conversation.last_seq).toBe(4);
    expect(held(next)).toEqual(["m1", "m2", "m3", "m4"]);
    expect(effects).toEqual([]);
  });

  it("a newest page older than a message is followed by a fetch of the missing ones", () => {
    const state = after(reading(3), { type: "message", conversation: "c", message: message(4) }).state;
    const { effects } = after(state, latest());
    expect(effects).toEqual([{ type: "fetch after", conversation: "c", seq: 3 }]);
  });
});
