/** Drives one session of the copilot: asks over the socket, reads from REST, and holds the state for the views. */

import { ErrorCode, type ErrorFrame, type ServerFrame } from "../../wire/frames";
import { newId } from "../../wire/ids";
import { Problem } from "../rest/api";
import type { InboxStore } from "../store/inbox_store";
import type { CopilotApi } from "./api";
import type { Id, Message } from "./model/rest";
import {
  EMPTY,
  type Question,
  reduceSession,
  type SessionAction,
  type SessionEffect,
  type SessionState,
} from "./model/session";
import { isCopilotFrame } from "./model/stream";

const SECOND = 1_000;
const BUSY_RETRY = 2 * SECOND; // used when the server sends no `retry_ms`
const FETCH_RETRY = 3 * SECOND;
const MAX_KEPT_RIDS = 50;

/** The subset of the store that is needed here. */
export type Line = Pick<InboxStore, "subscribe"> & {
  readonly state: Pick<InboxStore["state"], "live">;
  readonly frame_listeners: Set<(frame: ServerFrame) => void>;
  readonly connection: Pick<InboxStore["connection"], "request">;
};

export class SessionClient {
  private current: SessionState = EMPTY;
  private readonly listeners = new Set<() => void>();
  private readonly posts_listeners = new Set<(draft: Id) => void>();
  private readonly asks = new Map<number, Id>(); // refs of `copilotask` by rid
  private gets = new Set<number>(); // rids of `copilotget`
  private readonly stops = new Set<number>(); // rids of `copilotstop`
  private readonly ends: (() => void)[] = [];
  private fetching = false;
  private refetch = false;
  private closed = false;

  constructor(
    private readonly line: Line,
    private readonly api: CopilotApi,
    readonly session: Id,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  get state(): SessionState {
    return this.current;
  }

  start(): void {
    let live = this.line.state.live === "open";
    const received = (frame: ServerFrame): void => this.received(frame);
    this.line.frame_listeners.add(received);
    this.ends.push(
      () => this.line.frame_listeners.delete(received),
      this.line.subscribe(() => {
        const now = this.line.state.live === "open";
        if (now && !live) this.dispatch({ type: "live", now: this.monotonic() });
        live = now;
      }),
    );
    const heartbeat = setInterval(() => this.dispatch({ type: "tick", now: this.monotonic() }), SECOND);
    this.ends.push(() => clearInterval(heartbeat));
    this.fetch();
  }

  close(): void {
    this.closed = true;
    for (const end of this.ends) end();
    this.listeners.clear();
    this.posts_listeners.clear();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls `listener` with each draft that the copilot has made or changed. */
  onPosts(listener: (draft: Id) => void): () => void {
    this.posts_listeners.add(listener);
    return () => this.posts_listeners.delete(listener);
  }

  /** Asks, and returns the ref by which the question is found again. */
  ask(question: Question): Id {
    const at = Date.now();
    const ref = newId(at);
    this.dispatch({ type: "ask", ref, question, at, now: this.monotonic() });
    return ref;
  }

  /** Sends a refused question again. */
  again(ref: Id): void {
    this.dispatch({ type: "again", ref, now: this.monotonic() });
  }

  forget(ref: Id): void {
    this.dispatch({ type: "forget", ref });
  }

  /** Ends the running turn; false when there is no connection. */
  stop(turn: Id): boolean {
    const rid = this.line.connection.request((rid) => ({ type: "copilotstop", rid, session: this.session, turn }));
    if (rid !== null) this.stops.add(rid);
    return rid !== null;
  }

  older(): void {
    if (this.current.older !== null) void this.read("older", this.current.older);
  }

  reload(): void {
    this.fetch();
  }

  /** The question of that ref, once it is stored. */
  question(ref: Id): Message | undefined {
    return this.current.messages.find((one) => one.ref === ref);
  }

  private dispatch(action: SessionAction): void {
    if (this.closed) return;
    const was = this.current;
    const { state, effects } = reduceSession(was, action);
    this.current = state;
    for (const effect of effects) this.run(effect);
    if (state !== was) for (const listener of this.listeners) listener();
  }

  private run(effect: SessionEffect): void {
    switch (effect.type) {
      case "fetch":
        return this.fetch();
      case "get": {
        const rid = this.line.connection.request((rid) => ({ type: "copilotget", rid, session: this.session }));
        if (rid !== null) this.gets.add(rid);
        return;
      }
      case "send": {
        const { ref, question } = effect.asked;
        const { text, intent, draft = null, about = null, into = "", tone = "" } = question;
        const rid = this.line.connection.request((rid) => ({
          type: "copilotask",
          rid,
          ref,
          session: this.session,
          text,
          intent,
          draft,
          about,
          into,
          tone,
        }));
        if (rid === null) return; // sent when the connection is back
        this.asks.set(rid, ref);
        for (const oldest of this.asks.keys()) if (this.asks.size > MAX_KEPT_RIDS) this.asks.delete(oldest);
        return;
      }
      default:
        return never(effect);
    }
  }

  private received(frame: ServerFrame): void {
    if (isCopilotFrame(frame)) {
      if (frame.session !== this.session) return;
      this.dispatch({ type: "frame", frame, now: this.monotonic() });
      if (frame.type === "socialgenerated") for (const listener of this.posts_listeners) listener(frame.draft);
      return;
    }
    if (frame.type === "error") return this.refused(frame);
    if (frame.type !== "ok") return;
    if (this.gets.delete(frame.rid)) this.dispatch({ type: "answered" });
    // Its end was missed.
    if (this.stops.delete(frame.rid) && frame.result !== "stopped") this.run({ type: "get" });
  }

  private refused({ rid, ref: named, code, temporary, retry_ms }: ErrorFrame): void {
    this.gets.delete(rid);
    this.stops.delete(rid);
    const ref = named ?? this.asks.get(rid);
    this.asks.delete(rid);
    if (ref === undefined || !this.current.asked.some((one) => one.ref === ref)) return;
    const wait = retry_ms || BUSY_RETRY;
    this.dispatch({ type: "refused", ref, code: wordOf(code), temporary, wait, now: this.monotonic() });
  }

  /** The latest messages, one request at a time; a reason that comes meanwhile asks once more. */
  private fetch(): void {
    if (this.fetching) {
      this.refetch = true;
      return;
    }
    this.fetching = true;
    void this.read("latest", null).finally(() => {
      this.fetching = false;
      if (!this.refetch || this.closed) return;
      this.refetch = false;
      this.fetch();
    });
  }

  private async read(where: "latest" | "older", cursor: string | null): Promise<void> {
    try {
      const { items, next_cursor } = await this.api.messages(this.session, cursor);
      this.dispatch({ type: "page", items, next_cursor, where, now: this.monotonic() });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.dispatch({ type: "page failed" });
      if (where === "older" || !error.temporary || this.closed) return;
      const timer = setTimeout(() => this.fetch(), FETCH_RETRY);
      this.ends.push(() => clearTimeout(timer));
    }
  }
}

/** Why a question was not taken, as a word of the texts. */
function wordOf(code: number): string {
  switch (code) {
    case ErrorCode.RateLimited:
      return "rate_limited";
    case ErrorCode.Busy:
      return "busy";
    case ErrorCode.NotFound:
      return "not_found";
    case ErrorCode.BadFrame:
    case ErrorCode.TooLarge:
      return "too_long";
    default:
      return "refused";
  }
}

function never(effect: never): never {
  throw new Error(`not an effect: ${JSON.stringify(effect)}`);
}
