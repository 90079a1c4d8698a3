/** Optimistic updates of an agent (replies, read marks) and typing: sent to REST in order, kept until confirmed. */

import { newId } from "../../wire/ids";
import { namesOf, type StoredFile } from "../../attachments/files";
import type { Mentioned, Message } from "../../rest/types";
import type { Action } from "../state/actions";
import type { Id, Reply, State } from "../state/model";
import { type Api, Problem } from "../rest/api";

const SECOND = 1_000;
const POST_RETRIES = 3; // retries while the connection is open
const POST_RETRY = 1 * SECOND; // doubled each time
const MARK_DEBOUNCE = 250; // ms; debounce: a burst of messages sends one mark
const MARK_RETRY = 10 * SECOND;
const TYPING_INTERVAL = 3 * SECOND; // half of the time after which a receiver expires it
const TYPING_IDLE = 4 * SECOND; // without a key press: typing has ended

/** The subset of the store that is needed here. */
export interface Surface {
  state(): State;
  dispatch(action: Action): void;
  /** Calls `work` once after `delay` ms, unless the store was stopped. */
  later(delay: number, work: () => void): void;
  /** The conversation is not what this screen believes. */
  refetch(conversation: Id): void;
}

export class Outgoing {
  private readonly sending = new Map<Id, Promise<void>>();
  private readonly marks = new Map<Id, number>(); // read marks REST has not confirmed
  private readonly marking = new Set<Id>();
  private typing: { conversation: Id; sent_at: number; stop: ReturnType<typeof setTimeout> } | null = null;

  constructor(
    private readonly api: Api,
    private readonly project: Id,
    private readonly store: Surface,
  ) {}

  /** `mentions`: the teammates that a note names. */
  send(conversation: Id, body: string, kind: "text" | "note", mentions: readonly Mentioned[] = []): void {
    this.typed(conversation, false);
    const now = Date.now();
    this.post(conversation, { ref: newId(now), body, kind, mentions, at: now, failed: false });
  }

  /** A reply with files that are on the server. */
  sendFiles(conversation: Id, files: readonly StoredFile[], caption: string): void {
    this.typed(conversation, false);
    const now = Date.now();
    const body = caption || namesOf(files);
    const attached = { files, caption };
    this.post(conversation, { ref: newId(now), body, kind: "text", attached, at: now, failed: false });
  }

  retry(conversation: Id, reply: Reply): void {
    this.post(conversation, { ...reply, failed: false });
  }

  /** The agent has seen everything up to `seq`. */
  markSeen(conversation: Id, seq: number): void {
    const row = this.store.state().entries.get(conversation)?.conversation;
    if (row === undefined || seq <= row.read_seq) return;
    this.store.dispatch({ type: "mark read", conversation, seq });
    const waiting = this.marks.has(conversation);
    this.marks.set(conversation, seq);
    if (!waiting) this.store.later(MARK_DEBOUNCE, () => void this.mark(conversation));
  }

  /** The agent typed in the composer, or emptied it. */
  typed(conversation: Id, on: boolean): void {
    const before = this.typing;
    if (before !== null) clearTimeout(before.stop);
    if (before !== null && (!on || before.conversation !== conversation)) {
      this.typing = null;
      this.sendTyping(before.conversation, false);
    }
    if (!on) return;
    const now = performance.now(); // monotonic: the wall clock may be set back
    const sent_at = this.typing !== null && now - this.typing.sent_at < TYPING_INTERVAL ? this.typing.sent_at : now;
    if (sent_at === now) this.sendTyping(conversation, true);
    this.typing = { conversation, sent_at, stop: setTimeout(() => this.typed(conversation, false), TYPING_IDLE) };
  }

  /** The connection is back: sends what has waited for it. */
  reconnected(): void {
    for (const conversation of this.marks.keys()) void this.mark(conversation);
    for (const [conversation, thread] of this.store.state().threads) {
      for (const reply of thread.replies) if (reply.failed && reply.resend === true) this.retry(conversation, reply);
    }
  }

  /** Replies of one conversation are sent one after the other, so that they are stored in the order in which they were
   *  written. */
  private post(conversation: Id, reply: Reply): void {
    this.store.dispatch({ type: "reply", conversation, reply });
    const before = this.sending.get(conversation) ?? Promise.resolve();
    const mine = before.then(() => this.deliver(conversation, reply, 0));
    this.sending.set(conversation, mine);
    void mine.finally(() => {
      if (this.sending.get(conversation) === mine) this.sending.delete(conversation);
    });
  }

  private async deliver(conversation: Id, reply: Reply, attempt: number): Promise<void> {
    try {
      const message = await this.deliverOnce(conversation, reply);
      this.store.dispatch({ type: "sent", conversation, message });
    } catch (error) {
      const temporary = error instanceof Problem && error.temporary;
      if (temporary && this.store.state().live === "open" && attempt < POST_RETRIES) {
        await this.pause(error.retry_after === null ? POST_RETRY * 2 ** attempt : error.retry_after * SECOND);
        return this.deliver(conversation, reply, attempt + 1);
      }
      // Without a connection it is sent again on reconnect; otherwise the agent decides.
      this.store.dispatch({ type: "reply failed", conversation, ref: reply.ref, resend: temporary });
      if (error instanceof Problem && error.code === "closed") this.store.refetch(conversation);
    }
  }

  private deliverOnce(conversation: Id, { ref, body, kind, attached, mentions = [] }: Reply): Promise<Message> {
    if (attached !== undefined) {
      const attachments = attached.files.map(({ id }) => id);
      return this.api.attach(this.project, conversation, { ref, attachments, body: attached.caption });
    }
    return this.api.reply(this.project, conversation, {
      ref,
      body,
      kind,
      ...(mentions.length > 0 ? { mentions: mentions.map(({ user }) => user) } : {}), // a server up to 0.2.0 does not know them
    });
  }

  private async mark(conversation: Id): Promise<void> {
    const seq = this.marks.get(conversation);
    if (seq === undefined || this.marking.has(conversation)) return;
    this.marking.add(conversation);
    try {
      await this.api.markRead(this.project, conversation, seq);
    } catch (error) {
      if (error instanceof Problem && error.temporary) {
        return this.store.later(MARK_RETRY, () => void this.mark(conversation));
      }
    } finally {
      this.marking.delete(conversation);
    }
    if (this.marks.get(conversation) === seq) this.marks.delete(conversation);
    else this.store.later(MARK_DEBOUNCE, () => void this.mark(conversation));
  }

  /** Sent by REST, which checks access. Failures are ignored: a typing signal is not worth a retry. */
  private sendTyping(conversation: Id, on: boolean): void {
    if (this.store.state().live !== "open") return;
    void this.api.typing(this.project, conversation, on).catch(() => undefined);
  }

  private pause(delay: number): Promise<void> {
    return new Promise((resolve) => this.store.later(delay, resolve));
  }
}
