/** The live connection of an agent: a fresh ticket for every attempt, and the views watched again after each. */

import { browserSurroundings, socketUrl } from "../../wire/browser";
import type { Greeting, ServerFrame } from "../../wire/frames";
import { newId } from "../../wire/ids";
import { GiveUp, Socket, type SocketState } from "../../wire/socket";
import type { Surroundings } from "../../wire/surroundings";
import type { Id, Live } from "../state/model";
import { type Api, Problem } from "./api";
import type { Line, LineEvents } from "./line";

const VERSION = "dashboard-1";

export class SocketLine implements Line {
  private readonly socket: Socket;
  private readonly tab = newId(Date.now());
  private watched: Id | null = null;
  private rid = 100;

  constructor(
    private readonly api: Api,
    private readonly project: Id,
    private readonly events: LineEvents,
    world: Surroundings = alwaysAwake(browserSurroundings(socketUrl(location.origin, project))),
  ) {
    this.socket = new Socket(
      {
        greeting: () => this.greeting(),
        became: (state) => this.became(state),
        received: (frame) => this.received(frame),
      },
      world,
    );
  }

  open(): void {
    this.socket.start();
  }

  close(): void {
    this.socket.stop();
  }

  hurry(): void {
    if (this.socket.state === "waiting" || this.socket.state === "resting") this.socket.restart();
    if (this.socket.state === "over") this.socket.start();
  }

  watch(conversation: Id | null): void {
    if (conversation === this.watched) return;
    const before = this.watched;
    this.watched = conversation;
    if (before !== null)
      this.socket.send({ type: "unwatch", rid: this.next(), view: "conversation", conversation: before });
    if (conversation !== null)
      this.socket.send({ type: "watch", rid: this.next(), view: "conversation", conversation });
  }

  private async greeting(): Promise<Greeting> {
    try {
      const { ticket } = await this.api.ticket(this.project);
      return { project: this.project, tab: this.tab, jwt: ticket, lang: navigator.language, version: VERSION };
    } catch (error) {
      if (error instanceof Problem && !error.temporary) throw new GiveUp(error.message); // signed out, or no member any more
      throw error;
    }
  }

  private received(frame: ServerFrame): void {
    if (frame.type === "welcome") {
      this.socket.send({ type: "watch", rid: this.next(), view: "inbox" });
      if (this.watched !== null) {
        this.socket.send({ type: "watch", rid: this.next(), view: "conversation", conversation: this.watched });
      }
      this.events.live("open"); // only now: what is fetched next cannot miss what comes after it
    }
    this.events.frame(frame);
  }

  private became(state: SocketState): void {
    if (state !== "open") this.events.live(liveFrom(state));
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
      return "connecting";
    case "open":
      return "open";
    case "waiting":
    case "resting":
      return navigator.onLine ? "waiting" : "offline";
    case "over":
      return "ended";
    default:
      return never(state);
  }
}

/** An agent is called by sound and notification from a hidden tab: it never rests, unlike a visitor's page. */
function alwaysAwake(world: Surroundings): Surroundings {
  return {
    ...world,
    hidden: () => false,
    follow: (tell) => world.follow((happening) => (happening === "hidden" ? undefined : tell(happening))),
  };
}

function never(value: never): never {
  throw new Error(`not a state: ${String(value)}`);
}
