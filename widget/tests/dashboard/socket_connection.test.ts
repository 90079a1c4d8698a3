/** An agent's connection with a fake server: when it counts as open, and retries of refused subscriptions. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Api } from "../../src/dashboard/rest/api";
import { SocketConnection } from "../../src/dashboard/store/socket_connection";
import type { Live } from "../../src/dashboard/state/model";
import { ErrorCode } from "../../src/wire/frames";
import { decodeClientFrame, encodeServerFrame } from "../wire/server";
import { settle, FakePlatform } from "../wire/fake_platform";

const PROJECT = "0198f3a2-b4c5-7001-8001-0000000000ff";
const C = "0198f3a2-b4c5-7004-8004-0000000000ff";
const TURN = "0198f3a2-b4c5-7007-8007-0000000000ff";
const WATCH = 20;
const STOP = 36;
const STREAM_GET = 37;

let platform: FakePlatform;
let states: Live[];
let heard: string[];
let socket: SocketConnection;

afterEach(() => vi.unstubAllGlobals());
beforeEach(async () => {
  vi.stubGlobal("navigator", { language: "en", onLine: true });
  platform = new FakePlatform();
  states = [];
  heard = [];
  const api = { ticket: async () => ({ ticket: "t" }) } as unknown as Api;
  socket = new SocketConnection(
    api,
    PROJECT,
    {
      live: (live) => states.push(live),
      frame: () => undefined,
      watching: (conversation) => heard.push(`watching ${conversation}`),
      streamAnswered: (conversation) => heard.push(`answered ${conversation}`),
    },
    platform,
  );
  socket.open();
  await settle();
  platform.socket.events.opened();
  // A minimal welcome: the connection does not read it.
  platform.socket.events.received(Uint8Array.of(0x93, 2, 1, 0x80));
});

/** The rids of the `watch` frames sent on this connection, for the inbox or the conversation. */
const watches = (view: "inbox" | "conversation") =>
  platform.socket.sent
    .map(decodeClientFrame)
    .flatMap(([type, rid, what]) => (type === WATCH && what === view ? [rid as number] : []));

const sent = (type: number) => platform.socket.sent.map(decodeClientFrame).filter((frame) => frame[0] === type);

const ok = (rid: number) => platform.socket.events.received(encodeServerFrame({ type: "ok", rid, result: null }));
const refuse = (rid: number, code: number, temporary: boolean, retry_ms = 0) =>
  platform.socket.events.received(
    encodeServerFrame({ type: "error", rid, code, message: "", temporary, retry_ms, ref: null }),
  );

it("is open only when the server has confirmed the inbox subscription", () => {
  expect(states).not.toContain("open");
  const [rid] = watches("inbox");
  ok(rid! + 1); // the response to another request
  expect(states).not.toContain("open");
  ok(rid!);
  expect(states.at(-1)).toBe("open");
});

it("says when the server sends a conversation's stream, and when it has said what there was", async () => {
  ok(watches("inbox")[0]!);
  socket.watch(C);
  expect(heard).toEqual([]);
  ok(watches("conversation")[0]!);
  expect(heard).toEqual([`watching ${C}`]);
  socket.askStream(C);
  const [asked] = sent(STREAM_GET);
  expect(asked!.slice(2)).toHaveLength(1);
  ok(asked![1] as number);
  expect(heard).toEqual([`watching ${C}`, `answered ${C}`]);
});

it("asks for the stream when a turn had ended before it was stopped", () => {
  expect(socket.stop(C, TURN)).toBe(true);
  const rid = sent(STOP)[0]![1] as number;
  platform.socket.events.received(encodeServerFrame({ type: "ok", rid, result: "already_finished" }));
  expect(sent(STREAM_GET)).toHaveLength(1);
  expect(socket.stop(C, TURN)).toBe(true);
  platform.socket.events.received(encodeServerFrame({ type: "ok", rid: rid + 2, result: "stopped" }));
  expect(sent(STREAM_GET)).toHaveLength(1);
});

it("retries a refused inbox subscription after the server's retry_ms", async () => {
  refuse(watches("inbox")[0]!, ErrorCode.RateLimited, true, 700);
  await platform.pass(699);
  expect(watches("inbox")).toHaveLength(1);
  await platform.pass(1);
  ok(watches("inbox")[1]!);
  expect(states.at(-1)).toBe("open");
});

it("retries a conversation subscription while the server is busy, but not after another one was opened", async () => {
  socket.watch(C);
  refuse(watches("conversation")[0]!, ErrorCode.Busy, true);
  await platform.pass(2_000);
  expect(watches("conversation")).toHaveLength(2);
  refuse(watches("conversation")[1]!, ErrorCode.Busy, true);
  socket.watch(null);
  await platform.pass(5_000);
  expect(watches("conversation")).toHaveLength(2);
});

it("does not retry a conversation that does not exist", async () => {
  socket.watch(C);
  refuse(watches("conversation")[0]!, ErrorCode.NotFound, false);
  await platform.pass(30_000);
  expect(watches("conversation")).toHaveLength(1);
});

it("does not retry on a new connection what an old one was refused", async () => {
  refuse(watches("inbox")[0]!, ErrorCode.Busy, true, 5_000);
  platform.socket.events.closed(1006);
  await platform.pass(4_000);
  platform.socket.events.opened();
  platform.socket.events.received(Uint8Array.of(0x93, 2, 1, 0x80));
  await platform.pass(3_000);
  expect(watches("inbox")).toHaveLength(1);
});
