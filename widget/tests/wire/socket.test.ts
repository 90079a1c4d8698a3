/** The reconnect state machine with a virtual clock. */

import { beforeEach, describe, expect, test } from "vitest";
import { delay } from "../../src/wire/backoff";
import type { Greeting, ServerFrame } from "../../src/wire/frames";
import { GiveUp, Socket } from "../../src/wire/socket";
import type { SocketOwner, SocketState } from "../../src/wire/socket";
import { settle, FakePlatform } from "./fake_platform";

const ID = "0198f3a2-b4c5-7002-8002-0000000000ff";
const PING = Uint8Array.of(0x92, 5, 9);
const WELCOME = Uint8Array.of(0x93, 2, 1, 0x80);

class Owner implements SocketOwner {
  states: (SocketState | [SocketState, number])[] = [];
  frames: ServerFrame[] = [];
  greeted = 0;
  greet: () => Greeting | Promise<Greeting> = () => ({ project: ID, tab: ID });

  greeting() {
    this.greeted++;
    return this.greet();
  }

  became(state: SocketState, code?: number) {
    this.states.push(code === undefined ? state : [state, code]);
  }

  received(frame: ServerFrame) {
    this.frames.push(frame);
  }
}

let platform: FakePlatform;
let owner: Owner;
let socket: Socket;

beforeEach(() => {
  platform = new FakePlatform();
  owner = new Owner();
  socket = new Socket(owner, platform);
});

async function open() {
  if (socket.state === "idle") socket.start();
  await settle();
  platform.socket.events.opened();
  platform.socket.events.received(WELCOME);
}

async function untilDialled(most: number) {
  const before = platform.sockets.length;
  for (let passed = 0; passed < most && platform.sockets.length === before; passed += 1) await platform.pass(1);
}

const error = (retry: number) => Uint8Array.of(0x97, 4, 0, 107, 0xa0, 0xc3, 0xcd, retry >> 8, retry & 255, 0xc0);
const drain = (min: number, max: number) =>
  Uint8Array.of(0x93, 7, 0xcd, min >> 8, min & 255, 0xcd, max >> 8, max & 255);

describe("a connection", () => {
  test("sends hello first and is open after the welcome", async () => {
    socket.start();
    await settle();
    expect(platform.socket.sent).toHaveLength(0);
    platform.socket.events.opened();
    expect([...platform.socket.sent[0]!.subarray(0, 3)]).toEqual([0x93, 1, 1]);
    expect(socket.send({ type: "read", conversation: ID, seq: 1 })).toBe(false);
    platform.socket.events.received(WELCOME);
    expect(owner.states).toEqual(["dialling", "open"]);
    expect(owner.frames.map((frame) => frame.type)).toEqual(["welcome"]);
    expect(socket.send({ type: "read", conversation: ID, seq: 1 })).toBe(true);
  });

  test("answers a ping by itself", async () => {
    await open();
    platform.socket.events.received(PING);
    expect([...platform.socket.sent[1]!]).toEqual([0x92, 6, 9]);
    expect(owner.frames).toHaveLength(1);
  });

  test("arms one timer at most", async () => {
    await open();
    await platform.happens("online");
    await platform.happens("shown");
    await platform.happens("hidden");
    expect(platform.timersSet).toBe(1);
    socket.stop();
    expect(platform.timersSet).toBe(0);
    expect(platform.socket.closedWith).toBe(1000);
  });

  test("gives up an attempt that gets no welcome", async () => {
    socket.start();
    await settle();
    await platform.pass(12_000);
    expect(socket.state).toBe("waiting");
    expect(platform.socket.closedWith).toBe(1000);
  });

  test("frames of an abandoned WebSocket are ignored", async () => {
    await open();
    const old = platform.socket;
    socket.restart();
    await settle();
    old.events.closed(1006);
    old.events.received(PING);
    expect(socket.state).toBe("dialling");
    expect(old.sent).toHaveLength(1);
  });
});

describe("reconnecting", () => {
  test("never gives up and waits between 0.5 and 30 s", async () => {
    socket.start();
    await settle();
    for (let attempt = 0; attempt < 40; attempt++) {
      platform.chance = (attempt * 0.37) % 1;
      platform.socket.events.closed(1006);
      expect(socket.state).toBe("waiting");
      await platform.pass(499);
      expect(platform.sockets).toHaveLength(attempt + 1);
      await untilDialled(29_502);
      expect(platform.sockets).toHaveLength(attempt + 2);
    }
  });

  test("spreads its jitter over the whole window", () => {
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(delay(attempt, 0)).toBe(500);
      expect(delay(attempt, 0.999_999)).toBeLessThan(30_000);
    }
    expect(delay(0, 1)).toBe(1000);
    expect(delay(5, 1)).toBe(30_000);
  });

  test.each([1000, 1006, 1011, 4000, 4001, 4002, 4008, 4009, 4499])("reconnects after %i", async (code) => {
    await open();
    platform.socket.events.closed(code);
    expect(owner.states.pop()).toEqual(["waiting", code]);
    await platform.pass(1000);
    expect(platform.sockets).toHaveLength(2);
  });

  test.each([4500, 4501, 4502, 4506, 4999])("does not reconnect after %i", async (code) => {
    await open();
    platform.socket.events.closed(code);
    expect(owner.states.pop()).toEqual(["over", code]);
    await platform.pass(3_600_000);
    await platform.happens("online");
    await platform.happens("pageshow");
    expect(platform.sockets).toHaveLength(1);
    socket.start();
    await settle();
    expect(platform.sockets).toHaveLength(2);
  });

  test("a stable connection resets the backoff, a flapping one does not", async () => {
    platform.chance = 1;
    for (let turn = 0; turn < 4; turn++) {
      await open();
      platform.socket.events.closed(1006);
      const before = platform.clock;
      await untilDialled(30_000);
      expect(platform.clock - before).toBe(1000 * 2 ** turn);
    }
    await open();
    await platform.pass(20_000);
    platform.socket.events.closed(1006);
    await platform.pass(1000);
    expect(platform.sockets).toHaveLength(6);
  });

  test.each([-3_600_000, 3_600_000])("is not delayed by a wall clock that is set by %i ms", async (skew) => {
    await open();
    platform.socket.events.closed(1006);
    await platform.pass(1);
    platform.skew = skew;
    await untilDialled(30_000);
    expect(platform.sockets).toHaveLength(2);
  });

  test("waits as long as the server asked", async () => {
    await open();
    platform.socket.events.received(error(9000));
    platform.socket.events.closed(4008);
    await platform.happens("online");
    await platform.pass(8900);
    expect(platform.sockets).toHaveLength(1);
    await platform.pass(200);
    expect(platform.sockets).toHaveLength(2);
  });

  test("a drain reconnects within the window, and the old WebSocket serves until then", async () => {
    await open();
    platform.socket.events.received(drain(1000, 5000));
    await platform.pass(2900);
    expect(socket.send({ type: "read", conversation: ID, seq: 1 })).toBe(true);
    expect(platform.sockets).toHaveLength(1);
    await platform.pass(200);
    expect(platform.sockets).toHaveLength(2);
  });

  test("the oldest of too many tabs reconnects only when it is shown", async () => {
    await open();
    await platform.happens("hidden");
    platform.socket.events.closed(4010);
    await platform.pass(60_000);
    expect(platform.sockets).toHaveLength(1);
    await platform.happens("shown");
    expect(platform.sockets).toHaveLength(2);
  });
});

describe("a greeting", () => {
  test("is requested before each attempt, and a rejection counts as a failed attempt", async () => {
    owner.greet = () => Promise.reject(new Error("no ticket"));
    socket.start();
    await settle();
    expect(socket.state).toBe("waiting");
    owner.greet = () => ({ project: ID, tab: ID });
    await platform.pass(1000);
    expect(owner.greeted).toBe(2);
    expect(platform.sockets).toHaveLength(1);
  });

  test("can stop reconnecting for good", async () => {
    owner.greet = () => Promise.reject(new GiveUp());
    socket.start();
    await settle();
    expect(socket.state).toBe("over");
    expect(platform.timersSet).toBe(0);
  });
});

describe("the page", () => {
  test("forty seconds of silence are a lost connection, whatever the wall clock shows", async () => {
    await open();
    platform.skew = -3_600_000;
    await platform.pass(41_000);
    expect(platform.sockets).toHaveLength(2);
  });

  test("forty seconds of silence are a lost connection", async () => {
    await open();
    await platform.pass(39_000);
    platform.socket.events.received(PING);
    await platform.pass(39_000);
    expect(platform.sockets).toHaveLength(1);
    await platform.pass(1500);
    expect(platform.sockets).toHaveLength(2);
  });

  test.each(["shown", "online", "pageshow", "offline"] as const)("probes at once when %s", async (event) => {
    await open();
    await platform.happens(event);
    expect(platform.socket.sent[1]![1]).toBe(5);
    await platform.pass(3100);
    expect(platform.sockets).toHaveLength(2);
  });

  test("a probe that is answered changes nothing", async () => {
    await open();
    await platform.happens("shown");
    await platform.pass(1000);
    platform.socket.events.received(Uint8Array.of(0x92, 6, 1));
    await platform.pass(5000);
    expect(platform.sockets).toHaveLength(1);
    expect(owner.frames).toHaveLength(1);
  });

  test("reconnects at once when the network is back", async () => {
    await open();
    platform.chance = 1;
    for (let turn = 0; turn < 5; turn++) {
      platform.socket.events.closed(1006);
      await platform.happens("online");
    }
    expect(platform.sockets).toHaveLength(6);
  });

  test("rests when hidden for five minutes and resumes when shown", async () => {
    await open();
    await platform.happens("hidden");
    for (let turn = 0; turn < 11; turn++) {
      await platform.pass(25_000);
      platform.socket.events.received(PING);
    }
    expect(socket.state).toBe("open");
    await platform.pass(25_000);
    expect(socket.state).toBe("resting");
    expect(platform.timersSet).toBe(0);
    await platform.happens("shown");
    expect(platform.sockets).toHaveLength(2);
  });

  test("closes on pagehide and resumes on pageshow", async () => {
    await open();
    await platform.happens("pagehide");
    expect(platform.socket.closedWith).toBe(1000);
    expect(platform.timersSet).toBe(0);
    await platform.happens("pageshow");
    expect(platform.sockets).toHaveLength(2);
  });
});
