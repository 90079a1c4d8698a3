/** Hop 1: the visitor's chat as one object: socket, queue, history and store wired together. No DOM. */

import type {
  ClientFrame,
  ErrorFrame,
  Greeting,
  Id,
  MessageFrame,
  Meta,
  ServerFrame,
  WelcomeFrame,
} from "../wire/frames";
import { CloseCode, ErrorCode, PAGE_INTERVAL_MS } from "../wire/frames";
import { delay } from "../wire/backoff";
import { learn } from "../wire/codec";
import { newId } from "../wire/ids";
import { Socket } from "../wire/socket";
import type { SocketState } from "../wire/socket";
import type { Platform } from "../wire/platform";
import { Alarm } from "./alarm";
import type { Memory } from "./memory";
import type { ChatState, Unsent } from "./model";
import type { Queue } from "./queue";
import { afterFrame, behind, withUnsent } from "./store";
import type { HistoryPage } from "./store";

const GAP_TIMEOUT = 400; // ms to wait for a missing message to arrive by itself before it is fetched
const RESYNC_SPREAD = 2_000; // ms over which the clients of a gateway that lost events spread their requests (jitter)
const DEFAULT_RETRY = 2_000; // ms, used when the server sends no `retry_ms`

/** The page of history: the newest, the one before or after a `seq`, or what was altered after a change. */
export type Which = { before_seq: number } | { after_seq: number } | { after_change: number } | Record<string, never>;

export interface ChatParts {
  readonly project: string;
  readonly tab: string;
  readonly platform: Platform;
  readonly memory: Memory;
  readonly queue: Queue;
  /** A lock across tabs for the first hello: resolves when this tab holds it, with a function that releases it. */
  readonly turn: () => Promise<() => void>;
  /** chat/catch_up.ts, loaded on first use. */
  readonly catchUp: (chat: Chat, key: string) => Promise<boolean>;
  /** History over HTTP with the visitor's key. */
  readonly history: (key: string, which: Which) => Promise<HistoryPage>;
  readonly page: () => { url: string; title: string; referrer: string };
  readonly language: string;
  readonly version: string;
}

/** The interface of chat/facts.ts that the chat uses. */
export interface ChatFacts {
  value: Meta;
  /** The facts that are sent with a text, if there is room for both. */
  beside(body: string): Meta | undefined;
  /** Sends the facts if the server does not have them. */
  send(): void;
  stop(): void;
}

/** The events that the view receives. */
export interface ChatListener {
  changed(): void;
  /** An attempt to connect has failed. */
  failed(): void;
  /** A new message that the visitor did not write. */
  arrived(message: MessageFrame): void;
  /** Any frame, once it is in the state; what only the window shows is reduced there (typing.ts, stream.ts). */
  received(frame: ServerFrame): void;
}

export class Chat {
  state: ChatState;
  connection: SocketState = "idle";
  /** The visitor's facts (custom attributes), once the page has called `identify`: sent with every text, and at once
   *  when a conversation exists. */
  facts: ChatFacts | null = null;
  article: Id | undefined; // that the visitor's next text is about
  serverTakesFacts = false; // accepts `identify` frames; an older server takes facts only with texts
  readonly #socket: Socket;
  readonly #catchUpAlarm: Alarm;
  readonly #queueAlarm: Alarm;
  readonly #pageAlarm: Alarm;
  #stopped = false;
  #catchUpFailures = 0;
  #catchingUp = false;
  #unsure = false; // messages may be missing although `seq` shows no gap
  #rid = 1;
  #sending: { rid: number; ref: string } | null = null;
  #keyUsed: string | null = null;
  #keyForgotten = false;
  #endTurn = () => {};
  #readSent = 0; // the highest `read` sent on this connection
  #readConfirmed: number; // the highest `read` that the server is known to have
  #pageSent = "";
  #pageSentAt = -Infinity;

  constructor(
    readonly parts: ChatParts,
    private readonly listener: ChatListener,
  ) {
    const { platform } = parts;
    this.#socket = new Socket(
      {
        greeting: () => this.#greeting(),
        became: (state, code) => this.#became(state, code),
        received: (frame) => this.#received(frame),
      },
      platform,
    );
    this.#catchUpAlarm = this.alarm(() => void this.#catchUp());
    this.#queueAlarm = this.alarm(() => this.#flush());
    this.#pageAlarm = this.alarm(() => this.#sendPage());
    this.state = withUnsent(parts.memory.shown(), parts.queue.list());
    this.#readConfirmed = this.state.readSeq;
  }

  /** A timer that calls `act`. The parts have theirs from here, so that they need not bring the class. */
  alarm(act: () => void): Alarm {
    return new Alarm(this.parts.platform, act);
  }

  /** Connects, also after the connection was over. */
  start(): void {
    this.#stopped = false;
    this.#socket.start();
  }

  /** Adds frames to those that the connection knows. */
  readonly learn = learn;

  /** Sends a frame on the open connection; false when there is none. Texts are sent with `send`. */
  transmit(frame: ClientFrame): boolean {
    return this.#socket.send(frame);
  }

  /** Closes the connection; later frames and responses are ignored and not stored. */
  stop(): void {
    this.#stopped = true;
    this.#socket.stop();
    for (const alarm of [this.#catchUpAlarm, this.#queueAlarm, this.#pageAlarm]) alarm.clear();
    this.facts?.stop();
  }

  /** Queues the text, or what comes with an empty one, until the server has stored it; false when the queue is full. */
  send(body: string, more?: Pick<Unsent, "form" | "attached">): boolean {
    const text = body.replace(/\0/g, "").trim();
    const ref = newId(this.parts.platform.now());
    if (!(text || more) || !this.parts.queue.add(ref, text, { ...more, article: this.article })) return false;
    if (!more?.form) this.article = undefined; // an answer to a form is about nothing else
    this.queued();
    return true;
  }

  /** The queue has changed: shows it, and sends what is due. */
  queued(): void {
    this.dispatch((state) => withUnsent(state, this.parts.queue.list()));
    this.#flush();
  }

  /** The page changed: sends the latest page, at most once every two seconds (throttled). */
  moved(): void {
    if (this.#pageAlarm.isSet) return;
    this.#pageAlarm.set(this.#pageSentAt + PAGE_INTERVAL_MS - this.parts.platform.monotonic());
  }

  /** Handles a storage event of another tab: its queued texts, and the visitor it keeps. */
  changedElsewhere(name: string | null, value: string | null): void {
    if (name === null) return;
    if (this.parts.queue.changedElsewhere(name, value)) this.queued();
    else if (this.parts.memory.isOtherVisitor(name, value, this.state.visitor))
      // Two tabs sent their first hello at once: this tab takes the visitor that storage kept.
      this.#socket.restart();
  }

  async #greeting(): Promise<Greeting> {
    const { project, tab, memory, language, version } = this.parts;
    if (memory.key === null) this.#endTurn = await this.parts.turn(); // another tab may store the key meanwhile
    this.#keyUsed = memory.key;
    const { conversation, covered, visitor } = this.state;
    const mine = conversation !== null && visitor === memory.visitor;
    const page = this.parts.page();
    this.#pageSent = page.url + page.title;
    this.#pageSentAt = this.parts.platform.monotonic();
    return {
      project,
      tab,
      key: this.#keyUsed ?? undefined,
      have: mine ? [[conversation.id, [covered, conversation.last_change ?? 0]]] : undefined,
      page,
      lang: language,
      version,
    };
  }

  #became(state: SocketState, code = 0): void {
    if (state === "waiting" && this.connection === "dialling") this.listener.failed();
    this.connection = state;
    if (state !== "open") this.#endTurn();
    // The frame that made the server close would make it close again: do not send it again.
    if ((code === CloseCode.TooBig || code === CloseCode.ProtocolError) && this.#sending) {
      this.parts.queue.refused(this.#sending.ref, ErrorCode.TooLarge);
      this.queued();
    }
    this.parts.queue.reconnected();
    this.#sending = null;
    if (state === "over") this.#ended(code);
    this.listener.changed();
  }

  #ended(code: number): void {
    if (code !== CloseCode.BadCredential || this.#keyUsed === null || this.#keyForgotten) return;
    // The server rejected the key: once, start as a new visitor, or as the visitor that another tab has stored
    // meanwhile.
    this.#keyForgotten = true;
    if (this.parts.memory.key === this.#keyUsed) this.parts.memory.forget();
    this.#socket.start();
  }

  #received(frame: ServerFrame): void {
    if (frame.type === "welcome" && !this.#welcomed(frame)) return;
    const { queue, platform } = this.parts;
    if (
      frame.type === "message" &&
      frame.author.party !== "visitor" &&
      this.state.messages.every(({ id }) => id !== frame.message)
    ) {
      this.listener.arrived(frame);
    }
    this.dispatch((state) => afterFrame(state, frame));
    switch (frame.type) {
      case "welcome":
        if (!frame.greeted.recovered) this.compare(0);
        this.#readSent = this.#readConfirmed;
        this.sendRead();
        this.moved();
        this.serverTakesFacts = frame.greeted.facts === true;
        this.facts?.send();
        break;
      case "read":
        if (frame.reader.party === "visitor") this.#readConfirmed = Math.max(this.#readConfirmed, frame.seq);
        break;
      case "resync":
        this.compare(platform.random() * RESYNC_SPREAD);
        break;
      case "stored":
        queue.remove(frame.ref);
        break;
      case "message":
        if (frame.ref) queue.remove(frame.ref);
        break;
      case "error":
        this.#refused(frame);
    }
    this.listener.received(frame);
    if (behind(this.state) && !this.#catchUpAlarm.isSet) this.#catchUpAlarm.set(GAP_TIMEOUT);
    this.#flush();
  }

  /** Takes the visitor of `welcome`; false when another tab was first and this connection restarts with its key. */
  #welcomed(frame: WelcomeFrame): boolean {
    const { memory } = this.parts;
    const { key, visitor } = frame.greeted;
    if (this.#keyUsed === null && memory.key !== null && visitor !== memory.visitor) {
      this.#socket.restart();
      return false;
    }
    if (key && visitor) memory.keep(key, visitor);
    this.#endTurn();
    return true;
  }

  #refused(frame: ErrorFrame): void {
    const ref = frame.ref ?? (this.#sending?.rid === frame.rid ? this.#sending.ref : null);
    if (!ref) return;
    const { queue } = this.parts;
    const temporary = frame.temporary || frame.code === ErrorCode.Unauthenticated || frame.code === ErrorCode.Expired;
    if (temporary) queue.delayed(ref, frame.retry_ms || DEFAULT_RETRY);
    else queue.refused(ref, frame.code, frame.details?.fields);
    this.queued();
  }

  /** Sends the next queued text and schedules the next attempt. */
  #flush(): void {
    const { queue, platform } = this.parts;
    if (this.connection !== "open") return this.#queueAlarm.clear();
    const text = queue.next();
    if (text) {
      const rid = ++this.#rid;
      const { ref, body, form, article, attached } = text;
      this.#sending = { rid, ref };
      // No conversation id: the server knows which one is open, and the one known here may have ended while the text
      // waited.
      const meta = this.facts?.beside(JSON.stringify(form ?? attached ?? body)) ?? {};
      this.#socket.send({
        rid,
        ref,
        conversation: null,
        kind: "text",
        body,
        article,
        type: form ? "answer" : "send",
        ...form,
        ...attached,
        meta,
      } as ClientFrame);
    }
    this.#queueAlarm.set(Math.max(50, queue.wakeAt - platform.monotonic()));
  }

  /** Schedules a fetch of messages that may be missing although `seq` shows no gap. */
  compare(wait: number): void {
    this.#unsure = true;
    this.#catchUpAlarm.set(wait);
  }

  async #catchUp(): Promise<void> {
    const { memory, catchUp, platform } = this.parts;
    if (!this.#unsure && !behind(this.state)) return; // the gap was closed by late messages
    if (this.#catchingUp || !memory.key || this.connection === "idle") return;
    this.#catchingUp = true;
    this.#unsure = false;
    const more = await catchUp(this, memory.key).catch(() => null); // null: no valid response
    this.#catchingUp = false;
    if (more === null) return this.compare(delay(this.#catchUpFailures++, platform.random()));
    this.#catchUpFailures = 0;
    if (this.#unsure || more) this.compare(0);
    else if (behind(this.state)) this.#catchUpAlarm.set(GAP_TIMEOUT);
  }

  /** Tells the server what the visitor has read, if it does not know it. */
  sendRead(): void {
    const { conversation, readSeq } = this.state;
    if (!conversation || readSeq <= this.#readSent) return;
    if (this.#socket.send({ type: "read", conversation: conversation.id, seq: readSeq })) this.#readSent = readSeq;
  }

  #sendPage(): void {
    const { url, title } = this.parts.page();
    if (!url || url + title === this.#pageSent) return;
    if (!this.#socket.send({ type: "page", url, title })) return;
    this.#pageSent = url + title;
    this.#pageSentAt = this.parts.platform.monotonic();
  }

  /** Changes the state; notifies the listener when it is another one. */
  dispatch(change: (state: ChatState) => ChatState): void {
    if (this.#stopped) return;
    const before = this.state;
    this.state = change(before);
    if (this.state === before) return;
    const { messages, readSeq, agentReadSeq } = this.state;
    const same = messages === before.messages && readSeq === before.readSeq && agentReadSeq === before.agentReadSeq;
    if (!same) this.parts.memory.show(this.state);
    const sameTalk = this.state.conversation?.id === before.conversation?.id;
    const rewound = sameTalk && this.state.lastSeq < before.lastSeq; // the server was restored from a backup
    if (rewound || !sameTalk) this.#readSent = this.#readConfirmed = 0;
    if (rewound) this.compare(0);
    this.listener.changed();
  }
}
