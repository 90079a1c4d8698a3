/** The outbound queue of unsent texts. */

import { beforeEach, describe, expect, test } from "vitest";
import { Queue } from "../../src/chat/queue";
import { newId } from "../../src/wire/ids";
import { FakeStore } from "./storage";

const PREFIX = "parley:p:unsent:";
const NOW = 1_760_000_000_000;
const [a, b, c] = [newId(NOW), newId(NOW), newId(NOW)] as [string, string, string];

let store: FakeStore;
let queue: Queue;
// The wall clock, and its offset to the monotonic clock.
const clock = { at: NOW, behind: 0, now: () => clock.at, monotonic: () => clock.at - clock.behind };

const open = (tab = "tab") => new Queue(store, PREFIX, tab, clock);
const at = <Made>(moment: number, act: () => Made): Made => {
  clock.at = moment;
  return act();
};
const bodies = (held: Queue) => held.list().map((text) => text.body);

beforeEach(() => {
  store = new FakeStore();
  clock.at = NOW;
  clock.behind = 0;
  queue = open();
});

describe("a text", () => {
  test("survives a reload with its ref, and is sent at once by the same tab", () => {
    queue.add(a, "hello");
    const reloaded = at(NOW + 1_000, () => open("tab"));
    expect(reloaded.list()).toEqual([{ ref: a, body: "hello", at: NOW, refused: 0, tab: "tab", tried: 0 }]);
    expect(at(NOW + 1_000, () => reloaded.next())?.ref).toBe(a);
  });

  test("is removed when it is stored", () => {
    queue.add(a, "hello");
    queue.remove(a);
    expect(queue.list()).toEqual([]);
    expect(store.held.size).toBe(0);
  });

  test("is kept in memory when storage is full", () => {
    store.full = true;
    queue.add(a, "hello");
    expect(at(NOW, () => queue.next())?.body).toBe("hello");
  });

  test("is sent one at a time, in order, each after the previous one is stored", () => {
    queue.add(a, "one");
    queue.add(b, "two");
    expect(at(NOW + 2, () => queue.next())?.body).toBe("one");
    expect(at(NOW + 2, () => queue.next())).toBeNull();
    queue.remove(a);
    expect(at(NOW + 3, () => queue.next())?.body).toBe("two");
    queue.remove(b);
    expect(at(NOW + 4, () => queue.next())).toBeNull();
  });

  test("is sent again after a reconnect, and after five seconds without a response", () => {
    queue.add(a, "one");
    at(NOW, () => queue.next());
    queue.reconnected();
    expect(at(NOW + 10, () => queue.next())?.ref).toBe(a);
    expect(queue.wakeAt).toBe(NOW + 5_010);
    expect(at(NOW + 5_010, () => queue.next())?.ref).toBe(a);
  });

  test("waits, and blocks later texts, while the server is busy", () => {
    queue.add(a, "one");
    queue.add(b, "two");
    at(NOW, () => queue.next());
    queue.delayed(a, 2_000);
    expect(at(NOW + 1_999, () => queue.next())).toBeNull();
    expect(queue.wakeAt).toBe(NOW + 2_000);
    expect(at(NOW + 2_000, () => queue.next())?.body).toBe("one");
  });

  test("refused permanently stays visible, does not block the next text, and can be retried", () => {
    queue.add(a, "one");
    queue.add(b, "two");
    at(NOW, () => queue.next());
    queue.refused(a, 109);
    expect(at(NOW + 2, () => queue.next())?.body).toBe("two");
    expect(open().list()[0]).toMatchObject({ ref: a, refused: 109 });
    queue.remove(b);
    queue.retry(a);
    expect(at(NOW + 5, () => queue.next())?.body).toBe("one");
  });

  test("older than a week is not sent automatically", () => {
    queue.add(a, "old");
    const later = at(NOW + 8 * 86_400_000, () => open("tab"));
    expect(later.list()[0]?.refused).not.toBe(0);
    expect(at(NOW + 8 * 86_400_000, () => later.next())).toBeNull();
  });

  test("beyond the hundredth is not accepted", () => {
    for (let at = 0; at < 100; at++) expect(queue.add(newId(NOW), "x")).toBe(true);
    expect(queue.add(newId(NOW), "x")).toBe(false);
  });
});

describe("several tabs", () => {
  test("see each other's texts, and only the tab that wrote one sends it", () => {
    queue.add(a, "one");
    const other = open("other");
    expect(bodies(other)).toEqual(["one"]);
    expect(at(NOW + 9_999, () => other.next())).toBeNull();
    expect(other.wakeAt).toBe(NOW + 10_000);
  });

  test("send the texts of a closed tab", () => {
    queue.add(a, "one");
    expect(at(NOW + 10_000, () => open("other").next())?.ref).toBe(a);
  });

  test("send the texts of a closed tab although the clock was set back an hour", () => {
    queue.add(a, "one");
    clock.behind = -3_600_000;
    const other = at(NOW - 3_600_000, () => open("other"));
    expect(at(NOW - 3_600_000 + 9_999, () => other.next())).toBeNull();
    expect(at(NOW - 3_600_000 + 10_000, () => other.next())?.ref).toBe(a);
  });

  test("do not take over while the other tab is trying", () => {
    queue.add(a, "one");
    const other = open("other");
    at(NOW + 8_000, () => queue.next());
    other.changedElsewhere(PREFIX + a, store.read(PREFIX + a));
    expect(at(NOW + 12_000, () => other.next())).toBeNull();
    expect(at(NOW + 18_000, () => other.next())?.ref).toBe(a);
  });

  test("learn of texts that were written, stored and discarded", () => {
    queue.changedElsewhere(PREFIX + b, JSON.stringify({ body: "two", at: NOW, refused: 0, tab: "other", tried: 0 }));
    expect(bodies(queue)).toEqual(["two"]);
    expect(queue.changedElsewhere(PREFIX + b, null)).toBe(true);
    expect(bodies(queue)).toEqual([]);
    expect(queue.changedElsewhere("something else", "x")).toBe(false);
  });

  test("invalid entries in storage are ignored", () => {
    for (const value of ["", "null", "[]", "{", '{"body":5}', '{"body":""}', '"text"']) {
      queue.changedElsewhere(PREFIX + c, value);
    }
    queue.changedElsewhere(`${PREFIX}no-id`, JSON.stringify({ body: "x" }));
    expect(queue.list()).toEqual([]);
  });
});
