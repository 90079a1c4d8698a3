/** What runs the queue of uploads. */

import { beforeEach, expect, test } from "vitest";
import type { StoredFile } from "../../src/attachments/files";
import { type Carrier, Failure, type Report, Uploader } from "../../src/attachments/uploader";
import { FakePlatform, settle } from "../wire/fake_platform";

interface Running {
  readonly name: string;
  readonly report: Report;
  readonly signal: AbortSignal;
  resolve(stored: StoredFile): void;
  reject(error: unknown): void;
}

let platform: FakePlatform;
let running: Running[];
let uploader: Uploader;
let changes: number;
let discarded: string[];

const file = (name: string) => new File(["bytes"], name);
const stored = (name: string): StoredFile => ({ id: `id of ${name}`, name, media_type: "text/plain", size: 5 });
const phases = () => uploader.list.map(({ phase }) => phase);

beforeEach(() => {
  platform = new FakePlatform();
  running = [];
  changes = 0;
  discarded = [];
  const carrier: Carrier = {
    send: ({ name }, report, signal) =>
      new Promise((resolve, reject) => running.push({ name, report, signal, resolve, reject })),
    discard: (id) => discarded.push(id),
  };
  uploader = new Uploader(platform, carrier, { max_bytes: 10_000, max_files: 10 }, () => changes++);
});

test("a fourth file starts when one of three is uploaded", async () => {
  uploader.add(["a", "b", "c", "d"].map(file));
  expect(running.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  running[0]!.report.sent(3);
  running[0]!.report.uploaded();
  expect(running.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  running[0]!.resolve(stored("a"));
  await settle();
  expect(phases()).toEqual(["ready", "uploading", "uploading", "uploading"]);
  expect(changes).toBeGreaterThan(3);
  expect(uploader.stored).toBeNull();
});

test("a lost connection is tried again after a while, and at once when the network is back", async () => {
  uploader.add([file("a")]);
  running[0]!.reject(new TypeError("network"));
  await settle();
  expect(phases()).toEqual(["queued"]);
  await platform.pass(60_000);
  expect(running).toHaveLength(2);
  running[1]!.reject(new Failure("", 20_000));
  await settle();
  await platform.pass(19_000);
  expect(running).toHaveLength(2);
  uploader.reconnected();
  expect(running).toHaveLength(3);
});

test("a refusal is shown and frees its place", async () => {
  uploader.add(["a", "b", "c", "d"].map(file));
  running[0]!.reject(new Failure("infected"));
  await settle();
  expect(uploader.list[0]).toMatchObject({ phase: "failed", reason: "infected" });
  expect(running).toHaveLength(4);
});

test("cancelling aborts the request, and what it then says changes nothing", async () => {
  uploader.add(["a", "b", "c", "d"].map(file));
  running[0]!.report.ticketed("its id");
  uploader.remove(uploader.list[0]!.key);
  expect(discarded).toEqual(["its id"]);
  expect(running[0]!.signal.aborted).toBe(true);
  expect(running.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  running[0]!.reject(new Failure(""));
  await settle();
  expect(uploader.list.map(({ file: { name } }) => name)).toEqual(["b", "c", "d"]);
});

test("stopping aborts everything and starts nothing", async () => {
  uploader.add(["a", "b", "c", "d"].map(file));
  uploader.stop();
  expect(running.every(({ signal }) => signal.aborted)).toBe(true);
  for (const one of running) one.reject(new Failure(""));
  await settle();
  await platform.pass(60_000);
  expect(running).toHaveLength(3);
});
