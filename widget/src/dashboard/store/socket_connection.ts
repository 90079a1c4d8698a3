/** The live connection of an agent: a new ticket for each attempt, and its subscriptions renewed after each. */

import { browserPlatform, socketUrl } from "../../wire/browser";
import { learn } from "../../wire/codec";
import {
  AGENT_CLIENT_FRAMES,
  AGENT_FRAMES,
  type ClientFrame,
  type ErrorFrame,
  type Greeting,
  type OkFrame,
  SERVER_FRAMES,
  type ServerFrame,
  STREAM_CLIENT_FRAMES,
  STREAM_FRAMES,
} from "../../wire/frames";
import { newId } from "../../wire/ids";
import { GiveUp, Socket, type SocketState } from "../../wire/socket";
import type { Platform } from "../../wire/platform";
import type { Id, Live } from "../state/model";
import { type Api, Problem } from "../rest/api";
import type { Connection, ConnectionEvents } from "./connection";
import { detour, mayBeBlocked } from "./detour";

const FRAMES = { ...SERVER_FRAMES, ...AGENT_FRAMES, ...STREAM_FRAMES };
learn({ ...AGENT_CLIENT_FRAMES, ...STREAM_CLIENT_FRAMES });
const VERSION = "dashboard-1";
const WATCH_RETRY = 2_000; // ms, used when the server sends no `retry_ms`

export class SocketConnection implements Connection {
  private readonly socket: Socket;
  private readonly tab = newId(Date.now());
  private opened = false;
  private before: SocketState = "idle";
  private watched: Id | null = null;
  private rid = 100;
  private readonly asked = new Map<number, Id | null>(); // pending `watch` requests by rid; null: the inbox
  private readonly streams = new Map<number, Id>(); // pending `streamget` requests by rid
  private readonly stops = new Map<number, Id>(); // pending `stop` requests by rid

  constructor(
    private readonly api: Api,
    private readonly project: Id,
    private readonly events: ConnectionEvents,
    private readonly platform: Platform = alwaysAwake(browserPlatform(socketUrl(location.origin, project))),
  ) {
    this.socket = new Socket(
      {
        greeting: () => this.greeting(),
        became: (state) => this.became(state),
        received: (frame) => this.received(frame),
      },
      platform,
      FRAMES,
    );
  }

  open(): void {
    this.opened = true;
    if (mayBeBlocked()) void this.detour().then(() => this.opened && this.socket.start());
    else this.socket.start();
  }

  close(): void {
    this.opened = false;
    this.socket.stop();
  }

  reconnectNow(): void {
    if (this.socket.state === "waiting" || this.socket.state === "resting") this.socket.restart();
    if (this.socket.state === "over") this.socket.start();
  }

  watch(conversation: Id | null): void {
    if (conversation === this.watched) return;
    const before = this.watched;
    this.watched = conversation;
    if (before !== null)
      this.socket.send({ type: "unwatch", rid: this.next(), view: "conversation", conversation: before });
    if (conversation !== null) this.ask(conversation);
  }

  askStream(conversation: Id): void {
    const rid = this.next();
    if (this.socket.send({ type: "streamget", rid, conversation })) this.streams.set(rid, conversation);
  }

  stop(conversation: Id, turn: Id): boolean {
    const rid = this.next();
    this.stops.set(rid, conversation);
    return this.socket.send({ type: "stop", rid, conversation, turn });
  }

  request(frame: (rid: number) => ClientFrame): number | null {
    const rid = this.next();
    return this.socket.send(frame(rid)) ? rid : null;
  }

  private async greeting(): Promise<Greeting> {
    try {
      const { ticket } = await this.api.ticket(this.project);
      return { project: this.project, tab: this.tab, jwt: ticket, lang: navigator.language, version: VERSION };
    } catch (error) {
      // signed out, or no longer a member
      if (error instanceof Problem && !error.temporary) throw new GiveUp(error.message);
      throw error;
    }
  }

  private received(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.ask(null);
        if (this.watched !== null) this.ask(this.watched);
        break;
      case "ok":
        this.confirmed(frame);
        break;
      case "error":
        this.refused(frame);
    }
    this.events.frame(frame);
  }

  private confirmed({ rid, result }: OkFrame): void {
    const watched = this.asked.get(rid);
    const streamed = this.streams.get(rid);
    const stopped = this.stops.get(rid);
    this.forget(rid);
    // Only now: a fetch that starts after the subscription cannot miss later events.
    if (watched === null) this.events.live("open");
    else if (watched !== undefined) this.events.watching(watched);
    if (streamed !== undefined) this.events.streamAnswered(streamed);
    if (stopped !== undefined && result !== "stopped") this.askStream(stopped); // its end was missed
  }

  private forget(rid: number): void {
    for (const pending of [this.asked, this.streams, this.stops]) pending.delete(rid);
  }

  private ask(conversation: Id | null): void {
    const rid = this.next();
    this.asked.set(rid, conversation);
    if (conversation === null) this.socket.send({ type: "watch", rid, view: "inbox" });
    else this.socket.send({ type: "watch", rid, view: "conversation", conversation });
  }

  private refused({ rid, temporary, retry_ms }: ErrorFrame): void {
    const conversation = this.asked.get(rid);
    // A connection without the inbox is useless, so retry; a conversation that cannot be watched is gone.
    if (conversation === undefined || (conversation !== null && !temporary)) return this.forget(rid);
    this.platform.after(retry_ms || WATCH_RETRY, () => {
      if (!this.asked.delete(rid)) return; // that connection has closed
      if (conversation === null || conversation === this.watched) this.ask(conversation);
    });
  }

  private detour(): Promise<void> {
    return detour(this.platform, this.project);
  }

  private became(state: SocketState): void {
    if (state === "waiting" && this.before === "dialling") void this.detour(); // an attempt has failed
    this.before = state;
    if (state === "open") return; // reported as open once the inbox is subscribed
    for (const pending of [this.asked, this.streams, this.stops]) pending.clear();
    this.events.live(liveFrom(state));
  }

  private next(): number {
    this.rid += 1;
    return this.rid;
  }
}

function liveFrom(state: SocketState): Live {
  switch (state) {
    case "idle":
    case "dialling":
    case "open":
      return "connecting";
    case "waiting":
    case "resting":
      return navigator.onLine ? "waiting" : "offline";
    case "over":
      return "ended";
    default:
      return never(state);
  }
}

/** Never rests while hidden, unlike a visitor's page: a hidden tab alerts the agent by sound and notification. */
function alwaysAwake(platform: Platform): Platform {
  return {
    ...platform,
    hidden: () => false,
    follow: (listener) => platform.follow((event) => (event === "hidden" ? undefined : listener(event))),
  };
}

function never(value: never): never {
  throw new Error(`not a state: ${String(value)}`);
}
