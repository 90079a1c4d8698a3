/** The reconnect machine under a clock turned by hand. */

import { beforeEach, describe, expect, test } from "vitest";
import { delay } from "../../src/wire/backoff";
import type { Greeting, ServerFrame } from "../../src/wire/frames";
import { GiveUp, Socket } from "../../src/wire/socket";
import type { SocketOwner, SocketState } from "../../src/wire/socket";
import { settle, World } from "./world";

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

let world: World;
let owner: Owner;
let socket: Socket;

beforeEach(() => {
  world = new World();
  owner = new Owner();
  socket = new Socket(owner, world);
});

async function open() {
  if (socket.state === "idle") socket.start();
  await settle();
  world.line.events.opened();
  world.line.events.received(WELCOME);
}

async function untilDialled(most: number) {
  const before = world.lines.length;
  for (let passed = 0; passed < most && world.lines.length === before; passed += 1) await world.pass(1);
}

const error = (retry: number) => Uint8Array.of(0x97, 4, 0, 107, 0xa0, 0xc3, 0xcd, retry >> 8, retry & 255, 0xc0);
const drain = (min: number, max: number) =>
  Uint8Array.of(0x93, 7, 0xcd, min >> 8, min & 255, 0xcd, max >> 8, max & 255);

describe("a connection", () => {
  test("says hello first and is open with the welcome", async () => {
    socket.start();
    await settle();
    expect(world.line.sent).toHaveLength(0);
    world.line.events.opened();
    expect([...world.line.sent[0]!.subarray(0, 3)]).toEqual([0x93, 1, 1]);
    expect(socket.send({ type: "read", conversation: ID, seq: 1 })).toBe(false);
    world.line.events.received(WELCOME);
    expect(owner.states).toEqual(["dialling", "open"]);
    expect(owner.frames.map((frame) => frame.type)).toEqual(["welcome"]);
    expect(socket.send({ type: "read", conversation: ID, seq: 1 })).toBe(true);
  });

  test("answers a ping by itself", async () => {
    await open();
    world.line.events.received(PING);
    expect([...world.line.sent[1]!]).toEqual([0x92, 6, 9]);
    expect(owner.frames).toHaveLength(1);
  });

  test("arms one timer at most", async () => {
    await open();
    await world.happens("online");
    await world.happens("shown");
    await world.happens("hidden");
    expect(world.timersSet).toBe(1);
    socket.stop();
    expect(world.timersSet).toBe(0);
    expect(world.line.closedWith).toBe(1000);
  });

  test("gives up an attempt that gets no welcome", async () => {
    socket.start();
    await settle();
    await world.pass(12_000);
    expect(socket.state).toBe("waiting");
    expect(world.line.closedWith).toBe(1000);
  });

  test("what an abandoned line still says is not heard", async () => {
    await open();
    const old = world.line;
    socket.restart();
    await settle();
    old.events.closed(1006);
    old.events.received(PING);
    expect(socket.state).toBe("dialling");
    expect(old.sent).toHaveLength(1);
  });
});

describe("coming back", () => {
  test("has no last attempt and waits between 0.5 and 30 s", async () => {
    socket.start();
    await settle();
    for (let attempt = 0; attempt < 40; attempt++) {
      world.chance = (attempt * 0.37) % 1;
      world.line.events.closed(1006);
      expect(socket.state).toBe("waiting");
      await world.pass(499);
      expect(world.lines).toHaveLength(attempt + 1);
      await untilDialled(29_502);
      expect(world.lines).toHaveLength(attempt + 2);
    }
  });

  test("jitters over the whole window", () => {
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(delay(attempt, 0)).toBe(500);
      expect(delay(attempt, 0.999_999)).toBeLessThan(30_000);
    }
    expect(delay(0, 1)).toBe(1000);
    expect(delay(5, 1)).toBe(30_000);
  });

  test.each([1000, 1006, 1011, 4000, 4001, 4002, 4008, 4009, 4499])("comes back after %i", async (code) => {
    await open();
    world.line.events.closed(code);
    expect(owner.states.pop()).toEqual(["waiting", code]);
    await world.pass(1000);
    expect(world.lines).toHaveLength(2);
  });

  test.each([4500, 4501, 4502, 4506, 4999])("stays away after %i", async (code) => {
    await open();
    world.line.events.closed(code);
    expect(owner.states.pop()).toEqual(["over", code]);
    await world.pass(3_600_000);
    await world.happens("online");
    await world.happens("pageshow");
    expect(world.lines).toHaveLength(1);
    socket.start();
    await settle();
    expect(world.lines).toHaveLength(2);
  });

  test("a steady connection starts the count afresh, a flapping one does not", async () => {
    world.chance = 1;
    for (let turn = 0; turn < 4; turn++) {
      await open();
      world.line.events.closed(1006);
      const before = world.clock;
      await untilDialled(30_000);
      expect(world.clock - before).toBe(1000 * 2 ** turn);
    }
    await open();
    await world.pass(20_000);
    world.line.events.closed(1006);
    await world.pass(1000);
    expect(world.lines).toHaveLength(6);
  });

  test.each([-3_600_000, 3_600_000])("is not delayed by a wall clock that is set by %i ms", async (skew) => {
    await open();
    world.line.events.closed(1006);
    await world.pass(1);
    world.skew = skew;
    await untilDialled(30_000);
    expect(world.lines).toHaveLength(2);
  });

  test("waits as long as the server asked", async () => {
    await open();
    world.line.events.received(error(9000));
    world.line.events.closed(4008);
    await world.happens("online");
    await world.pass(8900);
    expect(world.lines).toHaveLength(1);
    await world.pass(200);
    expect(world.lines).toHaveLength(2);
  });

  test("a drain moves it within the window, and the old line serves until then", async () => {
    await open();
    world.line.events.received(drain(1000, 5000));
    await world.pass(2900);
    expect(socket.send({ type: "read", conversation: ID, seq: 1 })).toBe(true);
    expect(world.lines).toHaveLength(1);
    await world.pass(200);
    expect(world.lines).toHaveLength(2);
  });

  test("the oldest of too many tabs returns only when it is looked at", async () => {
    await open();
    await world.happens("hidden");
    world.line.events.closed(4010);
    await world.pass(60_000);
    expect(world.lines).toHaveLength(1);
    await world.happens("shown");
    expect(world.lines).toHaveLength(2);
  });
});

describe("a greeting", () => {
  test("is asked for before each attempt, and a failure is a lost attempt", async () => {
    owner.greet = () => Promise.reject(new Error("no ticket"));
    socket.start();
    await settle();
    expect(socket.state).toBe("waiting");
    owner.greet = () => ({ project: ID, tab: ID });
    await world.pass(1000);
    expect(owner.greeted).toBe(2);
    expect(world.lines).toHaveLength(1);
  });

  test("can end it all", async () => {
    owner.greet = () => Promise.reject(new GiveUp());
    socket.start();
    await settle();
    expect(socket.state).toBe("over");
    expect(world.timersSet).toBe(0);
  });
});

describe("the page", () => {
  test("forty seconds of silence are a loss, whatever the wall clock says", async () => {
    await open();
    world.skew = -3_600_000;
    await world.pass(41_000);
    expect(world.lines).toHaveLength(2);
  });

  test("forty seconds of silence are a loss", async () => {
    await open();
    await world.pass(39_000);
    world.line.events.received(PING);
    await world.pass(39_000);
    expect(world.lines).toHaveLength(1);
    await world.pass(1500);
    expect(world.lines).toHaveLength(2);
  });

  test.each(["shown", "online", "pageshow", "offline"] as const)("probes at once when %s", async (happening) => {
    await open();
    await world.happens(happening);
    expect(world.line.sent[1]![1]).toBe(5);
    await world.pass(3100);
    expect(world.lines).toHaveLength(2);
  });

  test("an answered probe changes nothing", async () => {
    await open();
    await world.happens("shown");
    await world.pass(1000);
    world.line.events.received(Uint8Array.of(0x92, 6, 1));
    await world.pass(5000);
    expect(world.lines).toHaveLength(1);
    expect(owner.frames).toHaveLength(1);
  });

  test("does not wait any longer when the network returns", async () => {
    await open();
    world.chance = 1;
    for (let turn = 0; turn < 5; turn++) {
      world.line.events.closed(1006);
      await world.happens("online");
    }
    expect(world.lines).toHaveLength(6);
  });

  test("rests when hidden for five minutes and resumes when shown", async () => {
    await open();
    await world.happens("hidden");
    for (let turn = 0; turn < 11; turn++) {
      await world.pass(25_000);
      world.line.events.received(PING);
    }
    expect(socket.state).toBe("open");
    await world.pass(25_000);
    expect(socket.state).toBe("resting");
    expect(world.timersSet).toBe(0);
    await world.happens("shown");
    expect(world.lines).toHaveLength(2);
  });

  test("closes on pagehide and resumes on pageshow", async () => {
    await open();
    await world.happens("pagehide");
    expect(world.line.closedWith).toBe(1000);
    expect(world.timersSet).toBe(0);
    await world.happens("pageshow");
    expect(world.lines).toHaveLength(2);
  });
});
