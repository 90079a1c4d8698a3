/** The copilot's session about one conversation, shared by the panel and the translations in the thread. It begins with
 *  the first question. */

import type { Api } from "../rest/api";
import { Problem } from "../rest/api";
import type { InboxStore } from "../store/inbox_store";
import { CopilotApi } from "./api";
import { SessionClient } from "./client";
import type { Id, Message } from "./model/rest";
import { EMPTY, type Question, type SessionState } from "./model/session";

export type Phase = "looking" | "none" | "ready" | "failed";

/** A translation of a message: its text, or what is in its way. */
export type Translated =
  | { readonly state: "waiting" }
  | { readonly state: "failed"; readonly code: string }
  | { readonly state: "done"; readonly text: string };

interface Wanted {
  readonly about: Id;
  readonly into: string;
  readonly text: string;
}

export class ConversationCopilot {
  phase: Phase = "looking";
  client: SessionClient | null = null;
  private readonly listeners = new Set<() => void>();
  private beginning: Promise<SessionClient> | null = null;
  private readonly queue: Wanted[] = []; // one is asked at a time, so that a suggestion waits for at most one
  private readonly refs = new Map<string, Id>(); // of the translations that this page has asked for
  private closed = false;

  constructor(
    private readonly store: InboxStore,
    private readonly api: CopilotApi,
    readonly conversation: Id,
  ) {
    void this.look();
  }

  get state(): SessionState {
    return this.client?.state ?? EMPTY;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks in the session, which begins with it; raises Problem. */
  async ask(question: Question): Promise<Id> {
    return (await this.begun()).ask(question);
  }

  async look(): Promise<void> {
    this.become("looking");
    try {
      const { items } = await this.api.sessions(null, this.conversation);
      const found = items[0];
      if (this.client !== null) return;
      if (found === undefined) this.become("none");
      else this.take(found.id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (this.client === null) this.become("failed");
    }
  }

  close(): void {
    this.closed = true;
    this.client?.close();
    this.listeners.clear();
  }

  // ---- translations of the visitor's messages

  /** What there is of the translation; null: it was not asked for. */
  translated(about: Id, into: string): Translated | null {
    const { messages, asked, failures } = this.state;
    const mine = (one: { about?: Id | null; into?: string; intent: string | null }): boolean =>
      one.intent === "translate" && one.about === about && one.into === into;
    const question = messages.filter((one) => one.role === "agent" && mine(one)).at(-1);
    if (question !== undefined) {
      const answer = messages.find((one) => one.role === "copilot" && one.turn === question.turn);
      if (question.state === "done" && answer !== undefined) return { state: "done", text: answer.text };
      if (question.state === "failed" || question.state === "stopped")
        return this.isWanted(about, into)
          ? { state: "waiting" }
          : { state: "failed", code: failures[question.number]?.code ?? question.state };
      return { state: "waiting" };
    }
    const open = asked.find((one) => mine(one.question));
    if (open !== undefined)
      return open.refused === null ? { state: "waiting" } : { state: "failed", code: open.refused };
    return this.isWanted(about, into) ? { state: "waiting" } : null;
  }

  translate(wanted: Wanted): void {
    if (this.isWanted(wanted.about, wanted.into)) return;
    for (const one of this.state.asked)
      if (one.refused !== null && one.question.about === wanted.about) this.client?.forget(one.ref);
    this.queue.push(wanted);
    this.notify();
    this.next();
  }

  private isWanted(about: Id, into: string): boolean {
    return this.queue.some((one) => one.about === about && one.into === into);
  }

  private next(): void {
    const wanted = this.queue[0];
    if (wanted === undefined || this.refs.has(keyOf(wanted)) || this.phase === "looking") return;
    const { about, into, text } = wanted;
    this.refs.set(keyOf(wanted), "");
    this.ask({ text, intent: "translate", about, into }).then(
      (ref) => {
        this.refs.set(keyOf(wanted), ref);
        this.settle();
      },
      () => this.drop(wanted),
    );
  }

  /** The next one, once the first one has come to an end. */
  private settle(): void {
    const wanted = this.queue[0];
    const ref = wanted === undefined ? undefined : this.refs.get(keyOf(wanted));
    if (wanted === undefined || ref === undefined || ref === "") return this.next();
    const question = this.client?.question(ref);
    const refused = this.state.asked.some((one) => one.ref === ref && one.refused !== null);
    if (refused || (question !== undefined && hasEnded(question))) this.drop(wanted);
  }

  private drop(wanted: Wanted): void {
    this.queue.splice(this.queue.indexOf(wanted), 1);
    this.refs.delete(keyOf(wanted));
    this.notify();
    this.next();
  }

  // ---- the session

  private begun(): Promise<SessionClient> {
    if (this.client !== null) return Promise.resolve(this.client);
    this.beginning ??= this.api
      .begin({ conversation: this.conversation })
      .then(({ id }) => this.take(id))
      .finally(() => {
        this.beginning = null;
      });
    return this.beginning;
  }

  private take(session: Id): SessionClient {
    if (this.client !== null) return this.client;
    const client = new SessionClient(this.store, this.api, session);
    this.client = client;
    if (!this.closed) {
      client.subscribe(() => {
        this.settle();
        this.notify();
      });
      client.start();
    }
    this.become("ready");
    return client;
  }

  private become(phase: Phase): void {
    this.phase = phase;
    this.notify();
    this.next();
  }

  private notify(): void {
    if (this.closed) return;
    for (const listener of [...this.listeners]) listener();
  }
}

function keyOf({ about, into }: Wanted): string {
  return `${about} ${into}`;
}

function hasEnded({ state }: Message): boolean {
  return state !== "waiting" && state !== "running";
}

// ---- the one of the open conversation

let current: { readonly store: InboxStore; readonly copilot: ConversationCopilot } | null = null;

/** Of the conversation that is open: that of another one, or of another project, is closed. */
export function copilotOf(store: InboxStore, api: Api, project: Id, conversation: Id): ConversationCopilot {
  if (current?.store === store && current.copilot.conversation === conversation) return current.copilot;
  current?.copilot.close();
  const copilot = new ConversationCopilot(store, new CopilotApi(api, project), conversation);
  current = { store, copilot };
  return copilot;
}
