/** The queue of files on their way to the server. */

import { beforeEach, describe, expect, test } from "vitest";
import { type FileFacts, Uploads } from "../../src/attachments/uploads";

const LIMITS = { max_bytes: 10_000, max_files: 10 };
const clock = { at: 0, monotonic: () => clock.at, random: () => 0.5 };
const file = (name: string, size = 1_000): FileFacts => ({ name, size });
const stored = (name: string) => ({ id: `id of ${name}`, name, media_type: "text/plain", size: 1_000 });
let uploads: Uploads;

const phases = () => uploads.list.map(({ phase }) => phase);
const start = () => uploads.next()!.key;

beforeEach(() => {
  clock.at = 1_000;
  uploads = new Uploads(clock, LIMITS);
});

describe("a file", () => {
  test("goes from the queue over upload and examination to ready", () => {
    uploads.add([file("a")]);
    expect(phases()).toEqual(["queued"]);
    const key = start();
    uploads.progressed(key, 400);
    expect(uploads.list[0]).toMatchObject({ phase: "uploading", sent: 400 });
    uploads.ticketed(key, "id");
    uploads.uploaded(key);
    expect(uploads.list[0]).toMatchObject({ phase: "examining", id: "id" });
    expect(uploads.areReady).toBe(false);
    uploads.ready(key, stored("a"));
    expect(uploads.areReady).toBe(true);
    expect(uploads.list[0]?.stored).toEqual(stored("a"));
    uploads.clear();
    expect(uploads.list).toEqual([]);
  });

  test("that is too large or empty fails at once and cannot be tried again", () => {
    uploads.add([file("big", LIMITS.max_bytes + 1), file("none", 0), file("most", LIMITS.max_bytes)]);
    expect(uploads.list.map(({ reason, retryable }) => [reason, retryable])).toEqual([
      ["too_large", false],
      ["empty", false],
      ["", false],
    ]);
    expect(uploads.next()?.file.name).toBe("most");
    expect(uploads.next()).toBeNull();
  });

  test("that the server refuses keeps the reason", () => {
    uploads.add([file("a")]);
    uploads.refused(start(), "infected");
    expect(uploads.list[0]).toMatchObject({ phase: "failed", reason: "infected", retryable: false });
    uploads.reconnected();
    expect(phases()).toEqual(["failed"]);
  });

  test("that was ready before a reload is ready again", () => {
    uploads.restore([stored("a")]);
    uploads.add([file("b")]);
    expect(uploads.list.map(({ phase, file: { name } }) => [phase, name])).toEqual([
      ["ready", "a"],
      ["queued", "b"],
    ]);
    expect(uploads.next()?.file.name).toBe("b");
  });

  test("that was cancelled is gone, and later reports about it change nothing", () => {
    uploads.add([file("a"), file("b")]);
    const key = start();
    uploads.remove(key);
    uploads.progressed(key, 10);
    uploads.ready(key, stored("a"));
    uploads.lost(key);
    expect(uploads.list.map(({ file: { name } }) => name)).toEqual(["b"]);
  });
});

describe("many files", () => {
  test("are sent three at once, in order", () => {
    uploads.add(["a", "b", "c", "d", "e"].map((name) => file(name)));
    const [first] = [start(), start(), start()];
    expect(uploads.next()).toBeNull();
    uploads.uploaded(first!); // the examination takes no bandwidth
    expect(uploads.next()?.file.name).toBe("d");
    expect(uploads.next()).toBeNull();
  });

  test("are at most ten in one message", () => {
    expect(uploads.add([file("a"), file("b")])).toBe(0);
    expect(uploads.add(Array.from({ length: LIMITS.max_files }, (_, at) => file(`${at}`)))).toBe(2);
    expect(uploads.list).toHaveLength(LIMITS.max_files);
    uploads.remove(uploads.list[0]!.key);
    expect(uploads.add([file("one more")])).toBe(0);
  });
});

describe("a lost connection", () => {
  test("sends the file back to the queue, with longer and longer waits, and at last asks the person", () => {
    uploads.add([file("a")]);
    const waits: number[] = [];
    while (phases()[0] !== "failed") {
      const key = start();
      uploads.progressed(key, 500);
      uploads.lost(key);
      if (phases()[0] === "failed") break;
      expect(uploads.list[0]?.sent).toBe(0);
      expect(uploads.next()).toBeNull();
      waits.push(uploads.wakeAt - clock.at);
      clock.at = uploads.wakeAt;
    }
    expect(waits).toHaveLength(6);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(uploads.list[0]).toMatchObject({ reason: "unreachable", retryable: true });
    uploads.retry(uploads.list[0]!.key);
    expect(uploads.next()?.file.name).toBe("a");
  });

  test("waits at least as long as the server asks for", () => {
    uploads.add([file("a")]);
    uploads.lost(start(), 20_000);
    expect(uploads.wakeAt).toBe(clock.at + 20_000);
  });

  test("delays only its own file", () => {
    uploads.add([file("a"), file("b"), file("c"), file("d")]);
    uploads.lost(start());
    expect([uploads.next(), uploads.next(), uploads.next()].map((one) => one?.file.name)).toEqual(["b", "c", "d"]);
    expect(uploads.wakeAt).toBeGreaterThan(clock.at);
  });

  test("ends when the network is back: what waits is due, also what had failed for that reason", () => {
    uploads.add([file("a"), file("b")]);
    uploads.lost(start());
    const b = start();
    uploads.refused(b, "unreachable", true);
    uploads.reconnected();
    expect(uploads.wakeAt).toBe(0);
    expect([uploads.next()?.file.name, uploads.next()?.file.name]).toEqual(["a", "b"]);
  });
});

test("without files nothing waits", () => {
  expect(uploads.areReady).toBe(true);
  expect(uploads.wakeAt).toBe(Infinity);
  expect(uploads.next()).toBeNull();
});
