/** Hops 1 and 9: the running turns of the visitor's conversation, kept up to date: asks for what was missed, and stops
 *  them. No DOM. */

import type { Alarm } from "../../chat/alarm";
import type { Chat } from "../../chat/chat";
import { afterAnswer, afterAsking, afterStreamFrame, dueFirst, finished, NO_STREAMS, turnOf } from "../../chat/stream";
import type { Streams } from "../../chat/stream";
import type { Id, ServerFrame } from "../../wire/frames";
import { STREAM_CLIENT_FRAMES, STREAM_FRAMES } from "../../wire/frames";

const FIRST_RID = 1_000_000; // beyond those of the chat
const STOP_AGAIN = 3_000; // ms after which a stop without any effect was lost

export class Turns {
  streams: Streams = NO_STREAMS;
  /** The turn that the visitor wants stopped. */
  stopping: Id | null = null;
  /** A message has taken the place of a turn since this was last set to false. */
  replaced = false;
  #rid = FIRST_RID;
  #asked = 0; // the rid of the last request; 0: it was answered
  #stop = 0;
  #stopAgain = Infinity; // when it may be asked for again
  #conversation: Id | undefined;
  readonly #alarm: Alarm;

  constructor(
    private readonly chat: Chat,
    private readonly changed: () => void,
  ) {
    chat.learn(STREAM_CLIENT_FRAMES, STREAM_FRAMES);
    this.#alarm = chat.alarm(() => this.#due());
    this.#ask();
  }

  received(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.stopping = null;
        this.#ask();
        break;
      case "ok":
        if (frame.rid === this.#asked) this.#answered();
        else if (frame.rid === this.#stop && frame.result !== "stopped") this.#ask(); // so we have missed its end
        break;
      case "error":
        if (frame.rid === this.#stop) this.stopping = null;
        break;
      case "streamend":
        // A message that has not come by then is fetched like any other.
        if (frame.conversation === this.chat.state.conversation?.id && frame.message)
          this.chat.dispatch((state) => (frame.seq > state.lastSeq ? { ...state, lastSeq: frame.seq } : state));
    }
    this.settle();
    if ("turn" in frame && "conversation" in frame && frame.conversation === this.#conversation) {
      this.streams = afterStreamFrame(this.streams, frame, this.#now());
      this.settle();
    }
    this.#arm();
    this.changed();
  }

  /** Forgets the turns whose message is there. */
  settle(): void {
    const { conversation, messages } = this.chat.state;
    if (conversation?.id !== this.#conversation) this.streams = NO_STREAMS;
    this.#conversation = conversation?.id;
    const before = this.streams;
    for (const { content } of messages) {
      const turn = turnOf(content);
      if (turn) this.streams = finished(this.streams, turn);
    }
    this.replaced ||= this.streams.turns.length < before.turns.length;
  }

  stop(turn: Id): void {
    this.#stop = ++this.#rid;
    const conversation = this.#conversation!;
    if (this.chat.transmit({ type: "stop", rid: this.#stop, conversation, turn })) {
      this.stopping = turn;
      this.#stopAgain = this.#now() + STOP_AGAIN;
      this.#arm();
    }
    this.changed();
  }

  /** Calls no more. */
  end(): void {
    this.#alarm.clear();
  }

  #ask(): void {
    const conversation = this.chat.state.conversation?.id;
    if (!conversation) return;
    this.#asked = ++this.#rid;
    this.chat.transmit({ type: "streamget", rid: this.#asked, conversation });
    this.streams = afterAsking(this.streams, this.#now());
  }

  #answered(): void {
    this.#asked = 0;
    const before = this.streams;
    this.streams = afterAnswer(before);
    if (this.streams !== before) this.chat.compare(0);
  }

  #due(): void {
    if (this.#now() >= this.#stopAgain) {
      this.stopping = null;
      this.#stopAgain = Infinity;
    }
    const first = dueFirst(this.streams);
    const due = first && first.at <= this.#now() ? first : null;
    if (due?.what === "ask") this.#ask();
    else if (due) {
      this.streams = finished(this.streams, due.turn);
      this.chat.compare(0);
    }
    this.#arm();
    this.changed();
  }

  #arm(): void {
    this.#alarm.set(Math.min(dueFirst(this.streams)?.at ?? Infinity, this.#stopAgain) - this.#now());
  }

  #now(): number {
    return this.chat.parts.platform.monotonic();
  }
}
