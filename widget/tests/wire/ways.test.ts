/** Which way a socket goes: never an event stream while websockets work. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Socket, type SocketState } from "../../src/wire/socket";
import { findWay, isRemembered } from "../../src/wire/sse/ways";
import { delivered, EventServer } from "./event_server";
import { FakePlatform } from "./fake_platform";

const ID = "0198f3a2-b4c5-7002-8002-0000000000ff";
const WELCOME = [0x93, 2, 1, 0x80];
const PING = Uint8Array.of(0x92, 5, 1);
const HOUR = 60 * 60_000;

class Platform extends FakePlatform {
  blocked = true;

  override dial(...given: Parameters<FakePlatform["dial"]>) {
    const socket = super.dial(...given);
    if (this.blocked) this.after(10, () => given[0].closed(1006));
    return socket;
  }
}

let server: EventServer;
let platform: Platform;
let socket: Socket;
let states: SocketState[];
let notes: Map<string, string>;
let failed: boolean;

beforeEach(() => {
  server = new EventServer();
  platform = new Platform();
  notes = new Map();
  states = [];
  failed = false;
  vi.stubGlobal("fetch", server.fetch);
  socket = new Socket(
    {
      greeting: () => ({ project: ID, tab: ID }),
      became(state) {
        // As the widget and the dashboard do.
        if (state === "waiting" && states[states.length - 1] === "dialling") failed = true;
        states.push(state);
        if (failed) find();
      },
      received: () => undefined,
    },
    platform,
  );
});

afterEach(() => vi.unstubAllGlobals());

const store = {
  read: (name: string) => notes.get(name) ?? null,
  write: (name: string, value: string | null) => void (value === null ? notes.delete(name) : notes.set(name, value)),
};
const ways = {
  origin: "https://chat.example",
  alive: "https://chat.example/livez",
  project: "p",
  notes: store,
  name: "sse",
};
const find = () => findWay(platform, ways);

async function pass(duration: number): Promise<void> {
  for (let passed = 0; passed < duration; passed += 500) {
    await platform.pass(500);
    await delivered();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let passed = 0; passed < 120_000 && !holds(); passed += 500) await pass(500);
  expect(holds()).toBe(true);
}

async function welcomed(): Promise<void> {
  server.token();
  server.frame(...WELCOME);
  await delivered();
}

async function openStream(): Promise<void> {
  socket.start();
  await pass(5_000);
  await welcomed();
}

test("after two failed websockets an event stream is opened", async () => {
  await openStream();
  expect(platform.sockets).toHaveLength(2);
  expect(server.opened).toBe(1);
  expect(states[states.length - 1]).toBe("open");
  expect(server.posts[0]!.frames[0]!.slice(0, 3)).toEqual([0x93, 1, 1]);
});

test("a stream is remembered for a day, but not before another websocket has failed", async () => {
  await openStream();
  expect(isRemembered(ways, platform.now())).toBe(false);
  await pass(3_000);
  expect(platform.sockets).toHaveLength(3);
  expect(isRemembered(ways, platform.now())).toBe(true);
  expect(isRemembered(ways, platform.now() + 25 * HOUR)).toBe(false);
  expect(isRemembered(ways, platform.now() - 2 * HOUR)).toBe(false); // the clock was ahead
});

test("where it is remembered no websocket is tried first", async () => {
  notes.set("sse", `${platform.now() + HOUR}`);
  find();
  socket.start();
  await pass(250);
  await welcomed();
  expect(platform.sockets).toHaveLength(0);
  expect(states).toEqual(["dialling", "open"]);
});

test("where the note has expired websockets are tried first", async () => {
  notes.set("sse", `${platform.now() - 1}`);
  find();
  socket.start();
  await pass(250);
  expect([platform.sockets.length, server.opened]).toEqual([1, 0]);
});

test("a server that cannot be reached is no reason for an event stream", async () => {
  server.reachable = false;
  socket.start();
  await pass(60_000);
  expect(platform.sockets.length).toBeGreaterThan(3);
  expect(server.opened).toBe(0);
});

test("both ways are tried in turn until one works", async () => {
  server.serves = false;
  socket.start();
  await pass(60_000);
  expect(platform.sockets.length).toBeGreaterThan(3);
  server.serves = true;
  await until(() => server.opened === 1);
  await welcomed();
  expect(socket.state).toBe("open");
});

test("a healthy connection never leaves websockets", async () => {
  platform.blocked = false;
  socket.start();
  for (let round = 0; round < 5; round++) {
    await pass(2_000);
    platform.socket.events.opened();
    platform.socket.events.received(Uint8Array.from(WELCOME));
    await pass(1_000);
    platform.socket.events.closed(1006);
  }
  await pass(5_000);
  expect([server.opened, notes.size]).toEqual([0, 0]);
});

test("an attempt that hangs counts as failed", async () => {
  platform.dial = FakePlatform.prototype.dial;
  socket.start();
  await pass(45_000);
  expect(server.opened).toBe(1);
});

test("a websocket is tried in the background, and used once a frame came through", async () => {
  await openStream();
  await pass(3_000);
  const tried = platform.sockets.length;
  platform.blocked = false;
  await until(() => platform.sockets.length > tried);
  const { events, sent } = platform.socket;
  events.opened();
  expect(sent).toEqual([PING]);
  expect(socket.state).toBe("open");
  events.received(Uint8Array.of(0x91, 4)); // the refusal
  expect(platform.socket.closedWith).toBe(1000);
  expect(notes.size).toBe(0);
  await pass(2_000);
  platform.socket.events.opened();
  platform.socket.events.received(Uint8Array.from(WELCOME));
  expect([server.opened, socket.state, platform.sockets.length]).toEqual([1, "open", tried + 2]);
});

test("tries in vain become rare, and end with the stream", async () => {
  await openStream();
  server.answer = ({ first, frames }) => ({ status: 200, text: `${first + frames.length - 1}` });
  const keepAlive = async (duration: number) => {
    for (let passed = 0; passed < duration; passed += 30_000) {
      await platform.pass(30_000);
      server.frame(0x92, 5, 9);
      await delivered();
    }
  };
  await keepAlive(60 * 60_000);
  expect(socket.state).toBe("open");
  const tries = platform.sockets.length - 2;
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThan(15);
  socket.stop();
  await pass(30 * 60_000);
  expect(platform.sockets).toHaveLength(tries + 2);
  expect(platform.timersSet).toBe(0);
});
