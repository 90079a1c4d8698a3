/** The inbox store with a fake REST client, a fake connection and a virtual clock: order, retries, read marks. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Api, Problem } from "../../src/dashboard/rest/api";
import { InboxStore } from "../../src/dashboard/store/inbox_store";
import type { ConnectionEvents } from "../../src/dashboard/store/connection";
import type { Message } from "../../src/dashboard/state/model";
import { threadOf } from "../../src/dashboard/state/threads";
import { AGENT, ME, message, row } from "./factories";

let monotonic = 0; // ms, the store's monotonic clock

const AWAY = new Problem(0, "unreachable", "");

/** A fake REST client; `fate` decides the result of each POST, in order. */
function storeWith(announced: () => void = () => undefined) {
  const posted: string[] = [];
  const marked: number[] = [];
  const typing_sent: [string, boolean][] = [];
  const watched: (string | null)[] = [];
  const streams: string[] = []; // asked for
  const stored: Message[] = [message(1)];
  const fate: (() => Promise<void>)[] = [];
  let connection: ConnectionEvents | undefined;
  const api = {
    members: vi.fn(async () => []),
    conversations: vi.fn(async () => ({ items: [row("c")], next_cursor: null })),
    conversation: async () => row("c"),
    visitor: async () => Promise.reject(AWAY),
    messages: vi.fn(async (_p: string, _c: string, where: string) => {
      const from = Number(/after_seq=(\d+)/.exec(where)?.[1] ?? 0);
      return { items: stored.filter((one) => one.seq > from), has_more: false };
    }),
    reply: async (_p: string, _c: string, { ref, body }: { ref: string; body: string }) => {
      posted.push(body);
      await fate.shift()?.();
      const known = stored.find((one) => one.ref === ref);
      if (known !== undefined) return known;
      const made = message(stored.length + 1, { ref, body, author: AGENT });
      stored.push(made);
      return made;
    },
    typing: async (_p: string, conversation: string, on: boolean) => void typing_sent.push([conversation, on]),
    markRead: async (_p: string, _c: string, seq: number) => {
      marked.push(seq);
      await fate.shift()?.();
    },
  };
  const store = new InboxStore(
    api as unknown as Api,
    ME,
    "p",
    "open",
    (events) => {
      connection = events;
      return {
        open: () => events.live("open"),
        close: () => undefined,
        reconnectNow: () => undefined,
        watch: (conversation) => watched.push(conversation),
        askStream: (conversation) => streams.push(conversation),
        stop: () => true,
        request: () => 1,
      };
    },
    { announced, refused: () => undefined },
    () => monotonic,
  );
  const live = (state: "open" | "waiting") => connection?.live(state);
  const frame: ConnectionEvents["frame"] = (received) => connection?.frame(received);
  return { store, frame, api, posted, marked, typing_sent, watched, stored, fate, live };
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const bodies = (store: InboxStore) => threadOf(store.state, "c").messages.map((one) => one.body);

async function opened() {
  const made = storeWith();
  made.store.start();
  await settle();
  made.store.dispatch({ type: "open", conversation: "c" });
  await settle();
  return made;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("replies", () => {
  it("are sent one after the other, in the order in which they were written", async () => {
    const { store, posted, fate } = await opened();
    let release = (): void => undefined;
    fate.push(() => new Promise((resolve) => (release = resolve)));
    store.out.send("c", "first", "text");
    store.out.send("c", "second", "text");
    await settle();
    expect(posted).toEqual(["first"]);
    release();
    await settle();
    expect(posted).toEqual(["first", "second"]);
    expect(bodies(store)).toEqual(["text 1", "first", "second"]);
  });

  it("whose response is lost are sent again on reconnect, without duplicates", async () => {
    const { store, posted, fate, live } = await opened();
    live("waiting");
    fate.push(async () => Promise.reject(AWAY));
    store.out.send("c", "hello", "text");
    await settle();
    expect(threadOf(store.state, "c").replies[0]).toMatchObject({ failed: true });
    live("open");
    await settle();
    expect(posted).toEqual(["hello", "hello"]);
    expect(bodies(store)).toEqual(["text 1", "hello"]);
    expect(threadOf(store.state, "c").replies).toEqual([]);
  });

  it("are retried in order while only REST is unavailable, and then wait for the agent", async () => {
    const { store, posted, fate } = await opened();
    const busy = async () => Promise.reject(new Problem(503, "busy", ""));
    fate.push(busy, busy);
    store.out.send("c", "one", "text");
    store.out.send("c", "two", "text");
    await vi.advanceTimersByTimeAsync(4_000);
    expect(posted).toEqual(["one", "one", "one", "two"]);
    expect(bodies(store)).toEqual(["text 1", "one", "two"]);
    fate.push(busy, busy, busy, busy, busy);
    store.out.send("c", "three", "text");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(threadOf(store.state, "c").replies).toMatchObject([{ body: "three", failed: true }]);
  });

  it("that were refused permanently wait for the agent", async () => {
    const { store, posted, fate, live } = await opened();
    fate.push(async () => Promise.reject(new Problem(409, "closed", "")));
    store.out.send("c", "late", "text");
    await settle();
    live("waiting");
    live("open");
    await settle();
    expect(posted).toEqual(["late"]);
    const [reply] = threadOf(store.state, "c").replies;
    expect(reply?.failed).toBe(true);
    if (reply !== undefined) store.out.retry("c", reply);
    await settle();
    expect(bodies(store)).toEqual(["text 1", "late"]);
  });
});

describe("read marks", () => {
  it("of a burst are debounced into one request with the last seq", async () => {
    const { store, marked } = await opened();
    store.dispatch({ type: "message", conversation: "c", message: message(2) });
    store.dispatch({ type: "message", conversation: "c", message: message(3) });
    store.out.markSeen("c", 2);
    store.out.markSeen("c", 3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(marked).toEqual([3]);
    expect(store.state.entries.get("c")?.conversation.unread).toBe(0);
  });

  it("without a response are sent again on reconnect", async () => {
    const { store, marked, fate, live } = await opened();
    fate.push(async () => Promise.reject(AWAY));
    store.out.markSeen("c", 1);
    await vi.advanceTimersByTimeAsync(1_000);
    live("waiting");
    live("open");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(marked).toEqual([1, 1]);
  });
});

describe("gaps", () => {
  it("are filled automatically, however often REST fails", async () => {
    const { store, api, stored } = await opened();
    stored.push(message(2), message(3), message(4));
    api.messages.mockRejectedValueOnce(AWAY).mockRejectedValueOnce(AWAY);
    store.dispatch({ type: "message", conversation: "c", message: message(4) });
    await settle();
    expect(bodies(store)).toEqual(["text 1"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(bodies(store)).toEqual(["text 1", "text 2", "text 3", "text 4"]);
  });
});

describe("typing", () => {
  it("is sent at once, repeated while it lasts, and ended after a pause", async () => {
    const { store, typing_sent } = await opened();
    for (let n = 0; n < 7; n++) {
      store.out.typed("c", true);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(typing_sent).toEqual([
      ["c", true],
      ["c", true],
    ]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(typing_sent.at(-1)).toEqual(["c", false]);
  });

  it("ends with the reply", async () => {
    const { store, typing_sent } = await opened();
    store.out.typed("c", true);
    store.out.send("c", "done", "text");
    expect(typing_sent).toEqual([
      ["c", true],
      ["c", false],
    ]);
  });
});

describe("the connection", () => {
  it("subscribes to the open conversation, and to none when none is open", async () => {
    const { store, watched } = await opened();
    store.dispatch({ type: "open", conversation: null });
    expect(watched).toEqual(["c", null]);
  });

  it("fetches the list after a reconnect, and once more when the connection was lost again before the response", async () => {
    const { api, live } = await opened();
    const before = api.conversations.mock.calls.length;
    live("waiting");
    live("open");
    live("waiting");
    live("open");
    expect(api.conversations.mock.calls.length).toBe(before + 1);
    await settle();
    expect(api.conversations.mock.calls.length).toBe(before + 2);
  });
});

describe("a notification that fails", () => {
  it("does not stop the message that it announces", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { store, frame } = storeWith(() => {
      throw new TypeError("Illegal constructor");
    });
    store.start();
    await settle();
    const shown: string[] = [];
    store.subscribe(() => void shown.push(store.state.entries.get("c")?.conversation.snippet ?? ""));
    const { seq, id, ref, author, at, kind, body } = message(2, { body: "the second text" });
    frame({ type: "message", conversation: "c", seq, message: id, ref, author, at, kind, body, meta: {} });
    expect(shown).toEqual(["the second text"]);
    expect(warned).toHaveBeenCalledOnce();
    warned.mockRestore();
  });
});

describe("a typing signal", () => {
  it("expires after six seconds, also when the wall clock was set back", async () => {
    const { store, frame } = await opened();
    frame({ type: "typing", conversation: "c", on: true, who: message(1).author });
    expect(store.state.typists.size).toBe(1);
    vi.setSystemTime(Date.now() - 3_600_000);
    monotonic += 6_500;
    await vi.advanceTimersByTimeAsync(1_100);
    expect(store.state.typists.size).toBe(0);
    store.stop();
  });
});

describe("touched resources", () => {
  const touched = (resource: string, id: string | null = null) =>
    ({ type: "touched", resource, id, version: null }) as const;
  const MOMENT = 300; // ms
  const PAUSE = 1_000; // ms from one fetch to the next

  async function watching(resource: string) {
    const made = await opened();
    await vi.advanceTimersByTimeAsync(PAUSE); // past the first connection
    const fetched = vi.fn();
    const stop = made.store.onTouched(resource, fetched);
    return { ...made, fetched, stop };
  }

  it("are fetched once for all frames of a moment, and again for later ones", async () => {
    const { frame, fetched } = await watching("invitations");
    for (const id of ["a", "b", "c"]) frame(touched("invitations", id));
    expect(fetched).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(MOMENT);
    expect(fetched).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetched).toHaveBeenCalledTimes(1); // nothing polls
    frame(touched("invitations", "d"));
    await vi.advanceTimersByTimeAsync(MOMENT);
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it("are fetched by the pages that show them alone, and unknown ones by none", async () => {
    const { frame, fetched } = await watching("invitations");
    frame(touched("api_keys"));
    frame(touched("webhooks"));
    await vi.advanceTimersByTimeAsync(MOMENT);
    expect(fetched).not.toHaveBeenCalled();
  });

  it("are fetched after a reconnect and after a resync, when a frame may have been missed", async () => {
    const { frame, live, fetched } = await watching("project");
    live("waiting");
    live("open");
    await vi.advanceTimersByTimeAsync(MOMENT);
    expect(fetched).toHaveBeenCalledTimes(1);
    frame({ type: "resync" });
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it("are fetched at most once a second while frames keep coming, and once after the last", async () => {
    const { frame, fetched } = await watching("invitations");
    for (let n = 0; n < 100; n++) {
      frame(touched("invitations", `${n}`));
      await vi.advanceTimersByTimeAsync(100);
    }
    const during = fetched.mock.calls.length;
    expect(during).toBe(10);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetched).toHaveBeenCalledTimes(during + 1);
  });

  it("are not fetched for a page that was left meanwhile", async () => {
    const { frame, fetched, stop } = await watching("invitations");
    frame(touched("invitations"));
    stop();
    await vi.advanceTimersByTimeAsync(MOMENT);
    frame(touched("invitations"));
    await vi.advanceTimersByTimeAsync(MOMENT);
    expect(fetched).not.toHaveBeenCalled();
  });

  it("update the members that conversations are assigned to", async () => {
    const { frame, api } = await watching("project");
    const before = api.members.mock.calls.length;
    frame(touched("members", "tom"));
    await vi.advanceTimersByTimeAsync(MOMENT);
    expect(api.members).toHaveBeenCalledTimes(before + 1);
  });
});
