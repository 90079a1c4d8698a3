/** Driving a copilot session: frames out, answers in, REST between, and translations one at a time. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { CopilotApi } from "../../../src/dashboard/copilot/api";
import { SessionClient } from "../../../src/dashboard/copilot/client";
import { ConversationCopilot } from "../../../src/dashboard/copilot/conversation";
import type { Message } from "../../../src/dashboard/copilot/model/rest";
import type { InboxStore } from "../../../src/dashboard/store/inbox_store";
import { type ClientFrame, ErrorCode, type ServerFrame } from "../../../src/wire/frames";

const S = "0198f3a2-b4c5-7004-8004-0000000000ff";
const T = "0198f3a2-b4c5-7007-8007-000000000001";

class FakeLine {
  readonly sent: ClientFrame[] = [];
  readonly state = { live: "open" as "open" | "waiting" };
  readonly frame_listeners = new Set<(frame: ServerFrame) => void>();
  readonly connection = { request: (frame: (rid: number) => ClientFrame) => this.request(frame) };
  private readonly changes = new Set<() => void>();

  subscribe(listener: () => void): () => void {
    this.changes.add(listener);
    return () => this.changes.delete(listener);
  }

  private request(frame: (rid: number) => ClientFrame): number | null {
    if (this.state.live !== "open") return null;
    this.sent.push(frame(this.sent.length + 1));
    return this.sent.length;
  }

  receive(frame: ServerFrame): void {
    for (const listener of [...this.frame_listeners]) listener(frame);
  }

  live(live: "open" | "waiting"): void {
    this.state.live = live;
    for (const listener of [...this.changes]) listener();
  }

  of<Type extends ClientFrame["type"]>(type: Type): Extract<ClientFrame, { type: Type }>[] {
    return this.sent.filter((one) => one.type === type) as Extract<ClientFrame, { type: Type }>[];
  }

  get listeners(): number {
    return this.frame_listeners.size + this.changes.size;
  }
}

let line: FakeLine;
let stored: Message[];
let api: CopilotApi;
let begun: number;

beforeEach(() => {
  vi.useFakeTimers();
  line = new FakeLine();
  stored = [];
  begun = 0;
  api = {
    messages: async () => ({ items: stored, next_cursor: null }),
    sessions: async () => ({ items: [], next_cursor: null }),
    begin: async () => {
      begun++;
      return { id: S };
    },
  } as unknown as CopilotApi;
});
afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);
const error = (code: ErrorCode, fields: { rid?: number; ref?: string | null; temporary?: boolean }): ServerFrame => ({
  type: "error",
  rid: 0,
  code,
  message: "",
  temporary: false,
  retry_ms: 100,
  ref: null,
  ...fields,
});
const asked = (ref: string, number: number): ServerFrame => ({
  type: "copilotasked",
  session: S,
  ref,
  message: `m${number}`,
  number,
  at: 1,
  waiting: false,
});
const begins = (turn: string, number: number): ServerFrame => ({
  type: "copilotstart",
  session: S,
  turn,
  number,
  intent: "translate",
});
const says = (turn: string, text: string): ServerFrame => ({
  type: "copilottoken",
  session: S,
  turn,
  n: 0,
  offset: 0,
  text,
});
const ends = (turn: string, number: number): ServerFrame => ({
  type: "copilotend",
  session: S,
  turn,
  message: `m${number}`,
  number,
});

async function started(): Promise<SessionClient> {
  const client = new SessionClient(line, api, S, () => Date.now());
  client.start();
  await settle();
  return client;
}

it("asks with every field of the frame, and repeats the same ref until it is stored", async () => {
  const client = await started();
  const ref = client.ask({ text: "Hello", intent: "translate", into: "vi", about: T });
  expect(line.of("copilotask")).toEqual([
    {
      type: "copilotask",
      rid: 1,
      ref,
      session: S,
      text: "Hello",
      intent: "translate",
      draft: null,
      about: T,
      into: "vi",
      tone: "",
    },
  ]);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(line.of("copilotask").map((one) => one.ref)).toEqual([ref, ref]);
  line.receive(asked(ref, 1));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(line.of("copilotask")).toHaveLength(2);
});

it("keeps a question while there is no connection, and sends it when it is back", async () => {
  const client = await started();
  line.live("waiting");
  const ref = client.ask({ text: "Hello", intent: "ask" });
  expect(line.of("copilotask")).toEqual([]);
  line.live("open");
  expect(line.of("copilotask").map((one) => one.ref)).toEqual([ref]);
  expect(line.of("copilotget")).toHaveLength(1);
});

it("takes a refusal by its ref, or by its rid where the server names no ref", async () => {
  const client = await started();
  client.ask({ text: "One", intent: "ask" });
  line.receive(error(ErrorCode.Busy, { rid: 1, temporary: true }));
  expect(client.state.asked[0]).toMatchObject({ tries: 1, refused: null });
  const ref = client.ask({ text: "Two", intent: "ask" });
  line.receive(error(ErrorCode.NotFound, { ref }));
  expect(client.state.asked[1]).toMatchObject({ refused: "not_found" });
});

it("asks for the turn when a stop came too late", async () => {
  const client = await started();
  expect(client.stop(T)).toBe(true);
  line.receive({ type: "ok", rid: 1, result: "already_finished" });
  expect(line.of("copilotget")).toHaveLength(1);
  line.live("waiting");
  expect(client.stop(T)).toBe(false);
});

it("ignores the frames of other sessions", async () => {
  const client = await started();
  line.receive({ ...asked("r", 1), session: T } as ServerFrame);
  expect(client.state.messages).toEqual([]);
});

it("leaves no listener and no timer behind", async () => {
  const client = await started();
  client.ask({ text: "One", intent: "ask" });
  client.close();
  expect(line.listeners).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

it("begins the session of a conversation with the first question, once", async () => {
  const copilot = new ConversationCopilot(line as unknown as InboxStore, api, "c");
  await settle();
  expect([copilot.phase, begun]).toEqual(["none", 0]);
  void copilot.ask({ text: "One", intent: "ask" });
  void copilot.ask({ text: "Two", intent: "ask" });
  await settle();
  expect([copilot.phase, begun]).toEqual(["ready", 1]);
  expect(line.of("copilotask").map((one) => one.text)).toEqual(["One", "Two"]);
  copilot.close();
});

it("translates one message at a time, and finds translations again after a reload", async () => {
  const copilot = new ConversationCopilot(line as unknown as InboxStore, api, "c");
  await settle();
  expect(copilot.translated("a", "en")).toBeNull();
  copilot.translate({ about: "a", into: "en", text: "Xin chào" });
  copilot.translate({ about: "b", into: "en", text: "Tạm biệt" });
  copilot.translate({ about: "a", into: "en", text: "Xin chào" });
  await settle();
  const [first, ...others] = line.of("copilotask");
  expect([first?.text, others]).toEqual(["Xin chào", []]);
  expect(copilot.translated("b", "en")).toEqual({ state: "waiting" });
  line.receive(asked(first!.ref, 1));
  line.receive(begins(T, 1));
  line.receive(says(T, "Hello"));
  line.receive(ends(T, 2));
  await settle();
  expect(copilot.translated("a", "en")).toEqual({ state: "done", text: "Hello" });
  expect(copilot.translated("a", "vi")).toBeNull();
  const second = line.of("copilotask")[1];
  expect(second?.about).toBe("b");
  line.receive(asked(second!.ref, 3));
  line.receive(begins("t2", 3));
  line.receive({ type: "copilotfailed", session: S, turn: "t2", code: "budget", retryable: false });
  await settle();
  expect(copilot.translated("b", "en")).toEqual({ state: "failed", code: "budget" });
  stored = [...copilot.state.messages];
  copilot.close();

  const reloaded = new ConversationCopilot(
    line as unknown as InboxStore,
    { ...api, sessions: async () => ({ items: [{ id: S }], next_cursor: null }) } as unknown as CopilotApi,
    "c",
  );
  await settle();
  expect(reloaded.translated("a", "en")).toEqual({ state: "done", text: "Hello" });
  expect(line.of("copilotask")).toHaveLength(2);
  reloaded.close();
});
