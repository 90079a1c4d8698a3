/** Texts that are not stored yet. */

import { beforeEach, describe, expect, test } from "vitest";
import { Queue } from "../../src/chat/queue";
import { newId } from "../../src/wire/ids";
import { FakeStore } from "./storage";

const PREFIX = "parley:p:unsent:";
const NOW = 1_760_000_000_000;
const [a, b, c] = [newId(NOW), newId(NOW), newId(NOW)] as [string, string, string];

let store: FakeStore;
let queue: Queue;

const open = (tab = "tab", now = NOW) => new Queue(store, PREFIX, tab, now);
const bodies = (held: Queue) => held.list().map((text) => text.body);

beforeEach(() => {
  store = new FakeStore();
  queue = open();
});

describe("a text", () => {
  test("survives a reload with its ref, and is sent at once by the same tab", () => {
    queue.add(a, "hello", NOW);
    const reloaded = open("tab", NOW + 1_000);
    expect(reloaded.list()).toEqual([{ ref: a, body: "hello", at: NOW, refused: 0, tab: "tab", tried: 0 }]);
    expect(reloaded.next(NOW + 1_000)?.ref).toBe(a);
  });

  test("is gone once it is stored", () => {
    queue.add(a, "hello", NOW);
    queue.stored(a);
    expect(queue.list()).toEqual([]);
    expect(store.held.size).toBe(0);
  });

  test("lives in memory where storage is full", () => {
    store.full = true;
    queue.add(a, "hello", NOW);
    expect(queue.next(NOW)?.body).toBe("hello");
  });

  test("goes one at a time, in the order of writing, the next when the last is stored", () => {
    queue.add(a, "one", NOW);
    queue.add(b, "two", NOW + 1);
    expect(queue.next(NOW + 2)?.body).toBe("one");
    expect(queue.next(NOW + 2)).toBeNull();
    queue.stored(a);
    expect(queue.next(NOW + 3)?.body).toBe("two");
    queue.stored(b);
    expect(queue.next(NOW + 4)).toBeNull();
  });

  test("is given again after a reconnect, and after five seconds without an answer", () => {
    queue.add(a, "one", NOW);
    queue.next(NOW);
    queue.reconnected();
    expect(queue.next(NOW + 10)?.ref).toBe(a);
    expect(queue.wakeAt).toBe(NOW + 5_010);
    expect(queue.next(NOW + 5_010)?.ref).toBe(a);
  });

  test("waits with all behind it when the server is busy", () => {
    queue.add(a, "one", NOW);
    queue.add(b, "two", NOW + 1);
    queue.next(NOW);
    queue.delayed(a, 2_000, NOW);
    expect(queue.next(NOW + 1_999)).toBeNull();
    expect(queue.wakeAt).toBe(NOW + 2_000);
    expect(queue.next(NOW + 2_000)?.body).toBe("one");
  });

  test("refused for good is kept to be seen, lets the next pass, and goes again when asked", () => {
    queue.add(a, "one", NOW);
    queue.add(b, "two", NOW + 1);
    queue.next(NOW);
    queue.refused(a, 109);
    expect(queue.next(NOW + 2)?.body).toBe("two");
    expect(open().list()[0]).toMatchObject({ ref: a, refused: 109 });
    queue.stored(b);
    queue.retry(a, NOW + 5);
    expect(queue.next(NOW + 5)?.body).toBe("one");
  });

  test("that waited a week is not sent unasked", () => {
    queue.add(a, "old", NOW);
    const later = open("tab", NOW + 8 * 86_400_000);
    expect(later.list()[0]?.refused).not.toBe(0);
    expect(later.next(NOW + 8 * 86_400_000)).toBeNull();
  });

  test("past the hundredth is not taken", () => {
    for (let at = 0; at < 100; at++) expect(queue.add(newId(NOW), "x", NOW)).toBe(true);
    expect(queue.add(newId(NOW), "x", NOW)).toBe(false);
  });
});

describe("several tabs", () => {
  test("see each other's texts and leave the sending to the one that wrote", () => {
    queue.add(a, "one", NOW);
    const other = open("other");
    expect(bodies(other)).toEqual(["one"]);
    expect(other.next(NOW + 9_999)).toBeNull();
    expect(other.wakeAt).toBe(NOW + 10_000);
  });

  test("send what a closed tab left", () => {
    queue.add(a, "one", NOW);
    expect(open("other").next(NOW + 10_000)?.ref).toBe(a);
  });

  test("do not take over while the other one tries", () => {
    queue.add(a, "one", NOW);
    const other = open("other");
    queue.next(NOW + 8_000);
    other.changedElsewhere(PREFIX + a, store.read(PREFIX + a));
    expect(other.next(NOW + 12_000)).toBeNull();
    expect(other.next(NOW + 18_000)?.ref).toBe(a);
  });

  test("hear of texts that were written, stored and given up", () => {
    queue.changedElsewhere(PREFIX + b, JSON.stringify({ body: "two", at: NOW, refused: 0, tab: "other", tried: 0 }));
    expect(bodies(queue)).toEqual(["two"]);
    expect(queue.changedElsewhere(PREFIX + b, null)).toBe(true);
    expect(bodies(queue)).toEqual([]);
    expect(queue.changedElsewhere("something else", "x")).toBe(false);
  });

  test("what is not of our making is nothing", () => {
    for (const value of ["", "null", "[]", "{", '{"body":5}', '{"body":""}', '"text"']) {
      queue.changedElsewhere(PREFIX + c, value);
    }
    queue.changedElsewhere(`${PREFIX}no-id`, JSON.stringify({ body: "x" }));
    expect(queue.list()).toEqual([]);
  });
});
