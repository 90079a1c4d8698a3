/** The live connection of an agent: a new ticket for each attempt, and its subscriptions renewed after each. */

import { browserPlatform, socketUrl } from "../../wire/browser";
import { learn } from "../../wire/codec";
import {
  AGENT_CLIENT_FRAMES,
  AGENT_FRAMES,
  type ErrorFrame,
  type Greeting,
  SERVER_FRAMES,
  type ServerFrame,
} from "../../wire/frames";
import { newId } from "../../wire/ids";
import { GiveUp, Socket, type SocketState } from "../../wire/socket";
import type { Platform } from "../../wire/platform";
import type { Id, Live } from "../state/model";
import { type Api, Problem } from "../rest/api";
import type { Connection, ConnectionEvents } from "./connection";

const FRAMES = { ...SERVER_FRAMES, ...AGENT_FRAMES };
learn(AGENT_CLIENT_FRAMES);
const VERSION = "dashboard-1";
const WATCH_RETRY = 2_000; // ms, used when the server sends no `retry_ms`

export class SocketConnection implements Connection {
  private readonly socket: Socket;
  private readonly tab = newId(Date.now());
  private watched: Id | null = null;
  private rid = 100;
  private readonly asked = new Map<number, Id | null>(); // pending `watch` requests by rid; null: the inbox

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
    this.socket.start();
  }

  close(): void {
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
        // Only now: a fetch that starts after the subscription cannot miss later events.
        if (this.asked.get(frame.rid) === null) this.events.live("open");
        this.asked.delete(frame.rid);
        break;
      case "error":
        this.refused(frame);
    }
    this.events.frame(frame);
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
    if (conversation === undefined || (conversation !== null && !temporary)) return void this.asked.delete(rid);
    this.platform.after(retry_ms || WATCH_RETRY, () => {
      if (!this.asked.delete(rid)) return; // that connection has closed
      if (conversation === null || conversation === this.watched) this.ask(conversation);
    });
  }

  private became(state: SocketState): void {
    if (state === "open") return; // reported as open once the inbox is subscribed
    this.asked.clear();
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
