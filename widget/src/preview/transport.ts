/** The other end of the preview's connection: it welcomes the visitor, stores what they write, and forgets it. */

import { bytesFromId, decode, write } from "../wire/codec";
import { CLIENT_FRAMES } from "../wire/frames";
import { newId } from "../wire/ids";
import type { Platform, WebSocketEvents, WebSocketLike } from "../wire/platform";

export const VISITOR = "01936b2e-8c00-7a00-8000-000000000001";
export const CONVERSATION = "01936b2e-8c00-7a00-8000-000000000002";

// Types of frames of the server: protocol/from_server.py.
const WELCOME = 2;
const PONG = 6;
const STORED = 12;

const MAX_SILENCE = 60_000; // ms between two pings

/** A platform whose connection ends here. `seq`: of the last message that the history has. */
export function cannedPlatform(seq: number, talks: boolean): Platform {
  let last = seq;
  return {
    dial: (events) => connect(events, (frame) => answers(frame, { next: () => ++last, talks })),
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    after: (wait, act) => {
      const timer = setTimeout(act, wait);
      return () => clearTimeout(timer);
    },
    hidden: () => false,
    follow: () => () => undefined,
  };
}

function connect(events: WebSocketEvents, answer: (frame: Frame) => unknown[] | null): WebSocketLike {
  let open = true;
  setTimeout(() => open && events.opened());
  return {
    send(bytes) {
      const reply = answer(decode(bytes, CLIENT_FRAMES) as unknown as Frame);
      if (reply) setTimeout(() => open && events.received(packed(reply)));
    },
    close() {
      open = false;
    },
  };
}

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

function answers(frame: Frame, { next, talks }: { next: () => number; talks: boolean }): unknown[] | null {
  switch (frame.type) {
    case "hello":
      return [WELCOME, frame["rid"], greeted(talks)];
    case "ping":
      return [PONG, frame["token"]];
    case "send":
      return [STORED, frame["ref"], CONVERSATION, newId(Date.now()), next(), Date.now()].map(id);
    default:
      return null;
  }
}

function greeted(talks: boolean): object {
  return {
    session: id(VISITOR),
    heartbeat_ms: MAX_SILENCE,
    limits: { frame: 16384, body: 5000, messages_per_minute: 20 },
    now: Date.now(),
    recovered: false, // so that the widget asks for the history
    agents_online: 1,
    config_version: 1,
    visitor: id(VISITOR),
    key: "preview",
    ...(talks ? { conversation: id(CONVERSATION), last_seq: 2, agent_read_seq: 2 } : {}),
  };
}

function id(value: unknown): unknown {
  return typeof value === "string" && /^[\da-f-]{36}$/.test(value) ? bytesFromId(value) : value;
}

function packed(frame: unknown[]): Uint8Array {
  const out: number[] = [];
  write(out, frame);
  return Uint8Array.from(out);
}
