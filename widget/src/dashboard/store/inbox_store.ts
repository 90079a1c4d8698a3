/** The store of one project's inbox: holds the state, fetches from REST, listens to the live connection. */

import type { ServerFrame } from "../../wire/frames";
import type { Action, Effect } from "../state/actions";
import { reduce } from "../state/reduce";
import { type FilterKey, queryOf } from "../state/filter";
import { revisionOf } from "../state/select";
import { threadOf } from "../state/threads";
import { emptyState, horizonOf, type Id, type Resource, type State, type Status } from "../state/model";
import { type Api, type MessagesQuery, Problem } from "../rest/api";
import { Alterations } from "./alterations";
import { fromFrame } from "./from_frame";
import type { Connection, ConnectionEvents } from "./connection";
import { Outgoing } from "./outgoing";
import { Ownership } from "./ownership";

const SECOND = 1_000;
const MIN_RETRY = 2 * SECOND;
const MAX_RETRY = 30 * SECOND;
const UNREAD_INTERVAL = 2 * SECOND;
const FIND_DELAY = 0.25 * SECOND;
const TOUCHED_DELAY = 0.3 * SECOND; // changes often come in groups
const TOUCHED_PAUSE = 0.7 * SECOND; // after it: REST refuses more than 120 reads a minute

export interface Notices {
  /** A visitor wrote in a conversation that the agent may not have open. */
  announced(conversation: Id, seq: number, body: string): void;
  /** REST refused an action of the agent. */
  refused(what: "status" | "assign" | "owner"): void;
}

export class InboxStore {
  private current: State;
  private readonly listeners = new Set<() => void>();
  readonly frame_listeners = new Set<(frame: ServerFrame) => void>(); // of lazy parts with state of their own
  readonly connection: Connection;
  private readonly in_flight = new Set<string>();
  private readonly reruns = new Map<string, () => Promise<void>>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  readonly out: Outgoing;
  readonly alterations: Alterations;
  readonly ownership: Ownership;
  private heartbeat: ReturnType<typeof setInterval> | null = null;
  private failed_fresh = true; // whether the list request that failed last was for a first page
  private unread_wanted = false;
  private unread_at = Number.NEGATIVE_INFINITY;
  private refreshing = false;
  private closed = false;

  constructor(
    private readonly api: Api,
    me: Id,
    private readonly project: Id,
    view: FilterKey,
    connect: (events: ConnectionEvents) => Connection,
    private readonly notices: Notices,
    private readonly monotonic: () => number = () => performance.now(), // for durations: a wall clock may be set back
  ) {
    this.current = emptyState(me, project, view);
    const dispatch = (action: Action) => this.dispatch(action);
    this.out = new Outgoing(api, project, {
      state: () => this.current,
      dispatch,
      later: (delay, work) => this.later(delay, work),
      refetch: (conversation) => this.run({ type: "fetch conversation", conversation }),
    });
    this.alterations = new Alterations(api, project, dispatch);
    this.connection = connect({
      live: (live) => dispatch({ type: "live", live }),
      frame: (frame) => this.receive(frame),
      watching: (conversation) => dispatch({ type: "watching", conversation, now: this.monotonic() }),
      streamAnswered: (conversation) => dispatch({ type: "stream answered", conversation }),
    });
    this.ownership = new Ownership(api, project, this.connection, dispatch, () => notices.refused("owner"));
  }

  get state(): State {
    return this.current;
  }

  start(): void {
    this.run({ type: "fetch list", fresh: true });
    this.run({ type: "fetch unread" });
    this.loadMembers(MIN_RETRY);
    this.onTouched("members", () => this.loadMembers(MIN_RETRY));
    this.connection.open();
    this.heartbeat = setInterval(() => this.dispatch({ type: "tick", now: this.monotonic() }), SECOND);
  }

  stop(): void {
    this.closed = true;
    this.connection.close();
    for (const timer of this.timers) clearTimeout(timer);
    if (this.heartbeat !== null) clearInterval(this.heartbeat);
    this.listeners.clear();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Calls `listener` a moment after `resource` was touched, at most once a second; also after a reconnect or a
   *  resync, when a frame may have been missed. */
  onTouched(resource: Resource, listener: () => void): () => void {
    let seen = revisionOf(this.current, resource);
    let waiting = false;
    let stopped = false;
    const look = (): void => {
      if (waiting || stopped || revisionOf(this.current, resource) === seen) return;
      waiting = true;
      this.later(TOUCHED_DELAY, () => {
        seen = revisionOf(this.current, resource);
        if (!stopped) listener();
        this.later(TOUCHED_PAUSE, () => {
          waiting = false;
          look();
        });
      });
    };
    const unsubscribe = this.subscribe(look);
    return () => {
      stopped = true;
      unsubscribe();
    };
  }

  dispatch(action: Action): void {
    if (this.closed) return;
    const was = this.current;
    const { state, effects } = reduce(was, action);
    this.current = state;
    if (state.open !== was.open) this.connection.watch(state.open);
    for (const effect of effects) this.run(effect);
    if (state.live === "open" && was.live !== "open") this.out.reconnected();
    if (state !== was) for (const listener of this.listeners) listener();
  }

  more(): void {
    const { loaded, loading, end } = horizonOf(this.current);
    if (loaded && loading === "idle" && !end) this.run({ type: "fetch list", fresh: false });
  }

  /** A visitor was renamed, muted, blocked or released. */
  refreshVisitors(): void {
    const { open, entries } = this.current;
    this.fetchList(true);
    this.fetchUnread(MIN_RETRY);
    if (open === null) return;
    this.fetchConversation(open, MIN_RETRY);
    this.fetchMessages(open, "latest", "");
    const visitor = entries.get(open)?.conversation.visitor.id;
    if (visitor !== undefined) this.fetchVisitor(visitor);
  }

  /** After a moment, and at most once a second: changes come in groups. */
  private refreshSoon(): void {
    if (this.refreshing) return;
    this.refreshing = true;
    this.later(TOUCHED_DELAY + TOUCHED_PAUSE, () => {
      this.refreshing = false;
      this.refreshVisitors();
    });
  }

  reload(): void {
    this.run({ type: "fetch list", fresh: this.failed_fresh });
  }

  reconnectNow(): void {
    this.connection.reconnectNow();
  }

  older(conversation: Id): void {
    const thread = threadOf(this.current, conversation);
    if (!thread.loaded) return this.run({ type: "fetch latest", conversation });
    const first = thread.messages[0]?.seq;
    if (!thread.older || first === undefined) return;
    this.fetchMessages(conversation, "older", `before_seq=${first}`);
  }

  // ---- actions of the agent

  async setStatus(conversation: Id, status: Status): Promise<void> {
    try {
      const fresh = await this.api.setStatus(this.project, conversation, status);
      this.dispatch({ type: "conversation", conversation: fresh, tick: this.current.tick });
    } catch {
      this.notices.refused("status");
    }
  }

  async assign(conversation: Id, assignee: Id | null): Promise<void> {
    try {
      const fresh = await this.api.assign(this.project, conversation, assignee);
      this.dispatch({ type: "conversation", conversation: fresh, tick: this.current.tick });
    } catch {
      this.notices.refused("assign");
    }
  }

  // ---- incoming frames

  private receive(frame: ServerFrame): void {
    for (const listener of this.frame_listeners) listener(frame);
    if (frame.type === "resync") return this.dispatch({ type: "resync" });
    if (frame.type === "touched" && frame.resource === "saved_views" && frame.id !== this.current.me) return;
    const sent_at = fromFrame(frame, this.monotonic());
    if (sent_at !== null) this.dispatch(sent_at);
  }

  // ---- effects

  private run(effect: Effect): void {
    switch (effect.type) {
      case "fetch list":
        return this.fetchList(effect.fresh);
      case "refresh visitors":
        return this.refreshSoon();
      case "find":
        return this.find(effect.query);
      case "fetch conversation":
        return this.fetchConversation(effect.conversation, MIN_RETRY);
      case "fetch latest":
        return this.fetchMessages(effect.conversation, "latest", "");
      case "fetch after":
        return this.fetchMessages(effect.conversation, "after", `after_seq=${effect.seq}`);
      case "fetch altered":
        return this.fetchMessages(effect.conversation, "altered", `after_change=${effect.after}`, effect.change);
      case "fetch visitor":
        return this.fetchVisitor(effect.visitor);
      case "fetch unread":
        return this.fetchUnread(MIN_RETRY);
      case "ask stream":
        return this.connection.askStream(effect.conversation);
      case "announce":
        return this.announce(effect.conversation, effect.seq, effect.body);
      default:
        return never(effect);
    }
  }

  /** A failing notification must not stop the message that it announces. */
  private announce(conversation: Id, seq: number, body: string): void {
    try {
      this.notices.announced(conversation, seq, body);
    } catch (error) {
      console.warn("Parley: an agent could not be notified", error);
    }
  }

  private fetchList(fresh: boolean, retry = MIN_RETRY): void {
    const { view } = this.current;
    const ask = async (): Promise<void> => {
      const { tick } = this.current;
      const cursor = fresh ? null : horizonOf(this.current, view).cursor;
      this.dispatch({ type: "list asked", view });
      try {
        const page = await this.api.conversations(this.project, queryOf(view), cursor);
        this.dispatch({ type: "list", view, items: page.items, cursor: page.next_cursor, fresh, tick });
      } catch {
        this.failed_fresh = fresh;
        this.dispatch({ type: "list failed", view });
        // Retry automatically; the retry button is only a fallback.
        this.later(retry, () => {
          const failed = this.current.view === view && horizonOf(this.current).loading === "failed";
          if (failed) this.fetchList(fresh, Math.min(MAX_RETRY, retry * 2));
        });
      }
    };
    this.singleFlight(`list ${view}`, ask, fresh);
  }

  /** Asks when the agent has stopped typing. A failure leaves what the known rows match. */
  private find(query: string): void {
    this.later(FIND_DELAY, () => {
      const { view, tick } = this.current;
      if (query !== this.current.query) return;
      const parameters = new URLSearchParams(queryOf(view));
      parameters.set("visitor", query.trim());
      void this.api.conversations(this.project, parameters.toString(), null).then(
        ({ items }) => this.dispatch({ type: "found", query, items, tick }),
        () => undefined,
      );
    });
  }

  private fetchConversation(id: Id, retry: number): void {
    const ask = async (): Promise<void> => {
      const { tick } = this.current;
      try {
        const conversation = await this.api.conversation(this.project, id);
        this.dispatch({ type: "conversation", conversation, tick });
      } catch (error) {
        if (error instanceof Problem && error.status === 404)
          this.dispatch({ type: "conversation missing", conversation: id });
        else this.later(retry, () => this.fetchConversation(id, Math.min(MAX_RETRY, retry * 2)));
      }
    };
    this.singleFlight(`conversation ${id}`, ask, true);
  }

  private fetchMessages(
    id: Id,
    where: "latest" | "older" | "after" | "altered",
    query: MessagesQuery,
    change = this.current.entries.get(id)?.conversation.last_change ?? 0,
    retry = MIN_RETRY,
  ): void {
    const quiet = where === "after" || where === "altered"; // not asked for by the agent
    this.singleFlight(`${where} ${id}`, async () => {
      if (!quiet) this.dispatch({ type: "messages asked", conversation: id });
      try {
        const { items, has_more, changes = [] } = await this.api.messages(this.project, id, query);
        this.in_flight.delete(`${where} ${id}`); // the response may ask for the next page
        this.dispatch({ type: "messages", conversation: id, where, items, has_more, changes, change });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        // A gap is retried automatically; a page that the agent scrolled for has a retry button.
        if (!quiet) this.dispatch({ type: "messages failed", conversation: id });
        else if (error.temporary) {
          this.later(retry, () => this.fetchMessages(id, where, query, change, Math.min(MAX_RETRY, retry * 2)));
        }
      }
    });
  }

  private fetchVisitor(id: Id): void {
    this.singleFlight(`visitor ${id}`, async () => {
      const visitor = await this.api.visitor(this.project, id).catch(() => null); // the panel says "not known"
      if (visitor === null) return;
      const trail = [...visitor.trail].sort((a, b) => b.at - a.at);
      this.dispatch({ type: "visitor", visitor: { ...visitor, trail } });
    });
  }

  /** Throttled: at most once per UNREAD_INTERVAL. */
  private fetchUnread(retry: number): void {
    if (this.unread_wanted) return;
    this.unread_wanted = true;
    this.later(Math.max(0, this.unread_at + UNREAD_INTERVAL - this.monotonic()), () => {
      this.unread_wanted = false;
      if (this.current.ever && this.current.live !== "open") return; // fetched when the connection is open again
      this.unread_at = this.monotonic();
      this.singleFlight("unread", () => this.askUnread(retry), true);
    });
  }

  private async askUnread(retry: number): Promise<void> {
    const { moves } = this.current.unread;
    try {
      const counts = await this.api.unread(this.project);
      this.dispatch({ type: "unread", counts, moves });
    } catch (error) {
      if (error instanceof Problem && !error.temporary) return; // an older server: only known rows are counted
      this.later(retry, () => this.fetchUnread(Math.min(MAX_RETRY, retry * 2)));
    }
  }

  private loadMembers(retry: number): void {
    const ask = (): Promise<void> =>
      this.api.members(this.project).then(
        (members) => this.dispatch({ type: "members", members }),
        () => this.later(retry, () => this.loadMembers(Math.min(MAX_RETRY, retry * 2))),
      );
    this.singleFlight("members", ask, true);
  }

  // ---- timers and deduplication

  /** Deduplicates requests: the same request never runs twice at a time (single-flight). `rerun`: runs it once more
   *  after the current one, because its response may be older than the reason for this call. */
  private singleFlight(name: string, work: () => Promise<void>, rerun = false): void {
    if (this.closed) return;
    if (this.in_flight.has(name)) {
      if (rerun) this.reruns.set(name, work);
      return;
    }
    this.in_flight.add(name);
    void work().finally(() => {
      this.in_flight.delete(name);
      const next = this.reruns.get(name);
      this.reruns.delete(name);
      if (next !== undefined) this.singleFlight(name, next);
    });
  }

  private later(delay: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.closed) work();
    }, delay);
    this.timers.add(timer);
  }
}

function never(effect: never): never {
  throw new Error(`not an effect: ${JSON.stringify(effect)}`);
}
