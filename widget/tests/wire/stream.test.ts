/** A connection as an event stream and POSTs. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WebSocketLike } from "../../src/wire/platform";
import { dialStream } from "../../src/wire/sse/stream";
import { delivered, EventServer } from "./event_server";
import { FakePlatform } from "./fake_platform";

let server: EventServer;
let platform: FakePlatform;
let link: WebSocketLike;
let events: (string | number | number[])[];

beforeEach(() => {
  server = new EventServer();
  platform = new FakePlatform();
  events = [];
  vi.stubGlobal("fetch", server.fetch);
});

afterEach(() => vi.unstubAllGlobals());

async function dial(): Promise<void> {
  link = dialStream(
    { origin: "https://chat.example", project: "p" },
    {
      opened: () => events.push("opened"),
      received: (bytes) => events.push([...bytes]),
      closed: (code) => events.push(code),
    },
    platform,
  );
  await delivered();
}

async function open(): Promise<void> {
  await dial();
  server.token();
  await delivered();
}

test("events become frames, however the network cuts them", async () => {
  await open();
  for (const piece of ["da", "ta: kgUB\n", "\ndata: kg", "UC\n\n:\n\n"]) {
    server.write(piece);
    await delivered();
  }
  expect(events).toEqual(["opened", [0x92, 5, 1], [0x92, 5, 2]]);
});

test("a close event ends with its code, a lost stream with 1006, and nothing follows", async () => {
  await open();
  server.write("event: close\ndata: 4506 signed out\n\ndata: kgUB\n\n");
  await delivered();
  expect(events).toEqual(["opened", 4506]);
  await open();
  server.end();
  await delivered();
  expect(events.slice(2)).toEqual(["opened", 1006]);
});

test("a refused stream ends with 1006", async () => {
  server.serves = false;
  await dial();
  expect(events).toEqual([1006]);
});

test("frames that are written while a POST is under way go with the next one", async () => {
  await open();
  for (const number of [1, 2, 3]) link.send(Uint8Array.of(number));
  await delivered();
  expect(server.posts).toEqual([
    { token: "the token", first: 1, frames: [[1]] },
    { token: "the token", first: 2, frames: [[2], [3]] },
  ]);
});

test("frames wait for the token", async () => {
  await dial();
  link.send(Uint8Array.of(1));
  await delivered();
  expect(server.posts).toEqual([]);
  server.token();
  await delivered();
  expect(server.posts).toHaveLength(1);
});

test.each([["lost"], [{ status: 503, text: "" }], [{ status: 429, text: "" }]] as const)(
  "what has no answer is sent again with the same number: %o",
  async (answer) => {
    server.answer = () => answer;
    await open();
    link.send(Uint8Array.of(1));
    await delivered();
    server.answer = ({ first, frames }) => ({ status: 200, text: `${first + frames.length - 1}` });
    link.send(Uint8Array.of(2));
    await platform.pass(300);
    await delivered();
    expect(server.posts.map(({ first, frames }) => [first, frames.length])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(events).toEqual(["opened"]);
  },
);

test("what the server has not taken is sent again after a pause", async () => {
  server.answer = ({ first }) => ({ status: 200, text: `${first}` });
  await open();
  link.send(Uint8Array.of(1));
  link.send(Uint8Array.of(2));
  link.send(Uint8Array.of(3));
  await delivered();
  expect(server.posts.map(({ first }) => first)).toEqual([1, 2, 3]);
  server.answer = ({ first }) => ({ status: 200, text: `${first - 1}` }); // it reads nothing now
  link.send(Uint8Array.of(4));
  await delivered();
  expect(server.posts).toHaveLength(4);
  await platform.pass(250);
  await delivered();
  expect(server.posts).toHaveLength(5);
  await platform.pass(499);
  expect(server.posts).toHaveLength(5);
});

const REFUSALS: readonly [number, string][] = [
  [400, ""],
  [403, '{"status": 403, "detail": "plain JSON"}'],
  [409, '{"type": "urn:parley:problem:frame_missing", "status": 409, "code": "frame_missing"}'],
  [410, "410"],
  [413, "1"],
];

test.each(REFUSALS)("status %i ends the stream, whatever its body is", async (status, text) => {
  server.answer = () => ({ status, text });
  await open();
  link.send(Uint8Array.of(1));
  await delivered();
  expect(events).toEqual(["opened", 1006]);
  expect(server.aborted).toBe(true);
});

test("one POST has at most 64 frames and a bounded body", async () => {
  await dial();
  for (let number = 0; number < 70; number++) link.send(Uint8Array.of(number));
  for (let number = 0; number < 3; number++) link.send(new Uint8Array(60_000));
  server.token();
  await delivered();
  expect(server.posts.map(({ frames }) => frames.length)).toEqual([64, 7, 1, 1]);
});

test("a closed stream sends nothing more and calls nobody", async () => {
  await open();
  link.close(1000);
  link.send(Uint8Array.of(1));
  await delivered();
  expect(server.aborted).toBe(true);
  expect(server.posts).toEqual([]);
  expect(events).toEqual(["opened"]);
});
