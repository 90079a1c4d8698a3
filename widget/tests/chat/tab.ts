/** One tab of a visitor, with a fake server and a virtual clock. */

import { catchUp } from "../../src/chat/catch_up";
import { Chat } from "../../src/chat/chat";
import type { Which } from "../../src/chat/chat";
import { Facts } from "../../src/chat/facts";
import { Memory } from "../../src/chat/memory";
import { Queue } from "../../src/chat/queue";
import { typing } from "../../src/chat/typing";
import type { HistoryPage } from "../../src/chat/store";
import type { Greeted, MessageFrame, Meta, ServerFrame } from "../../src/wire/frames";
import { newId } from "../../src/wire/ids";
import { decodeClientFrame, encodeServerFrame } from "../wire/server";
import { settle, FakePlatform } from "../wire/fake_platform";
import { FakeStore } from "./storage";

export const PROJECT = "0198f3a2-b4c5-7001-8001-0000000000ff";
export const ME = "0198f3a2-b4c5-7002-8002-0000000000ff";
export const OTHER = "0198f3a2-b4c5-7003-8003-0000000000ff";
export const C = "0198f3a2-b4c5-7004-8004-0000000000ff";
export const MAI = "0198f3a2-b4c5-7005-8005-0000000000ff";
const PREFIX = `parley:${PROJECT}:`;
export const KEY = `${PREFIX}key`;
const EMPTY_PAGE: HistoryPage = { conversation: null, items: [], has_more: false };

/** One tab: its own session storage and platform, and a shared local storage. */
export class Tab {
  readonly platform = new FakePlatform();
  readonly session = new FakeStore();
  readonly asked: Which[] = [];
  readonly arrived: MessageFrame[] = [];
  url = "https://shop.example/";
  turn: () => Promise<() => void> = async () => () => undefined;
  answer: (which: Which) => HistoryPage = () => EMPTY_PAGE;
  chat!: Chat;
  received: (frame: ServerFrame) => void = () => undefined;

  constructor(
    readonly local: FakeStore,
    readonly id = newId(1),
  ) {
    this.load();
  }

  /** Loads or reloads the page. */
  load(): void {
    this.chat?.stop();
    this.chat = new Chat(
      {
        project: PROJECT,
        tab: this.id,
        platform: this.platform,
        memory: new Memory(this.local, this.session, PREFIX),
        queue: new Queue(this.local, `${PREFIX}unsent:`, this.id, this.platform),
        turn: () => this.turn(),
        catchUp,
        history: async (_, which) => {
          this.asked.push(which);
          return this.answer(which);
        },
        page: () => ({ url: this.url, title: "Shop", referrer: "" }),
        language: "en",
        version: "1",
      },
      {
        changed: () => undefined,
        failed: () => undefined,
        arrived: (message) => this.arrived.push(message),
        received: (frame) => {
          if (frame.type === "typing") typing(this.chat, frame);
          this.received(frame);
        },
      },
    );
  }

  /** The page sets facts of its visitor. */
  identify(facts: Meta): void {
    this.chat.facts ??= new Facts(this.chat);
    this.chat.facts.value = facts;
  }

  async open(greeted: Partial<Greeted> = {}): Promise<void> {
    this.chat.start();
    await settle();
    this.platform.socket.events.opened();
    await this.hears(welcome(greeted));
  }

  async hears(frame: ServerFrame): Promise<void> {
    this.platform.socket.events.received(encodeServerFrame(frame));
    await settle();
  }

  /** The frames of one type that this connection has sent. */
  said(type: number): unknown[][] {
    return this.platform.socket.sent.map(decodeClientFrame).filter((frame) => frame[0] === type);
  }

  get hello(): Record<string, unknown> {
    return this.said(1)[0]![2] as Record<string, unknown>;
  }

  async loses(code = 1006): Promise<void> {
    this.platform.socket.events.closed(code);
    await settle();
  }
}

export const welcome = (more: Partial<Greeted> = {}): ServerFrame => ({
  type: "welcome",
  rid: 1,
  greeted: {
    session: newId(1),
    heartbeat_ms: 25_000,
    limits: { frame: 16384, body: 5000, messages_per_minute: 20 },
    now: 1,
    recovered: true,
    agents_online: 1,
    config_version: 1,
    visitor: ME,
    ...more,
  },
});
/** The id of the message with this `seq`, always the same. */
export const idOf = (seq: number): string => `0198f3a2-b4c5-7006-8006-${seq.toString(16).padStart(12, "0")}`;
export const message = (seq: number, id = idOf(seq)): MessageFrame => ({
  type: "message",
  conversation: C,
  seq,
  message: id,
  ref: null,
  author: { party: "agent", id: MAI, name: "Mai" },
  at: seq,
  kind: "text",
  body: `text ${seq}`,
  meta: {},
});
export const stored = (ref: string, seq: number, id = idOf(seq)): ServerFrame => ({
  type: "stored",
  ref,
  conversation: C,
  message: id,
  seq,
  at: seq,
});
