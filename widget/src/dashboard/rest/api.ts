/** The dashboard's REST client: the access token is kept in memory; after a reload the refresh cookie gives a new
 *  one. */

import { type Progress, put, type Sent } from "../../attachments/put";
import type { NewAttachments } from "../../rest/types";
import type {
  Assignment,
  Conversation,
  ConversationAssistant,
  ConversationPage,
  EditedText,
  FieldError,
  Id,
  Member,
  Message,
  MessagePage,
  MyProject,
  OwnerChange,
  ReadMark,
  Reply,
  SignedIn,
  SocketTicket,
  StatusChange,
  TypingState,
  UnreadCounts,
  Visitor,
} from "../../rest/types";

// UTF-16 units, at most 30 KB: other keepalive requests of the page share the browser's limit
const MAX_KEEPALIVE = 10_000;
const TIMEOUT = 12_000; // ms; a slower server counts as unreachable
const UPLOAD_TIMEOUT = 75_000; // ms; a little more than the server waits for a file

/** An error response (RFC 9457 problem document); status 0: no response at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly retry_after: number | null = null, // seconds
    readonly errors: readonly FieldError[] = [],
  ) {
    super(detail);
  }

  /** Whether the same request may well succeed later. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export type MessagesQuery = "" | `${"before" | "after"}_seq=${number}` | `after_change=${number}`;

export class Api {
  private token: string | null = null;
  private ended = false; // signed out, here or elsewhere: no requests until the next sign-in
  private refreshing: Promise<SignedIn> | null = null;

  /** `signedOut` is called when the session has ended and cannot be refreshed. */
  constructor(
    private readonly root: string,
    private readonly signedOut: () => void,
  ) {}

  /** Stores the access token after any sign-in: later calls use it. */
  keep(answer: SignedIn): void {
    this.token = answer.access_token;
    this.ended = false;
  }

  /** Refreshes the access token by the refresh cookie; concurrent callers share one request (single-flight). */
  restore(): Promise<SignedIn> {
    this.refreshing ??= this.ask<SignedIn>("POST", "/auth/refresh")
      .then((answer) => {
        this.keep(answer);
        return answer;
      })
      .finally(() => {
        this.refreshing = null;
      });
    return this.refreshing;
  }

  async signOut(): Promise<void> {
    this.ended = true; // set first: requests of a page that is closing would be refused
    await this.ask("POST", "/auth/logout").catch(() => undefined); // signed out here even if the request failed
    this.token = null;
  }

  projects(): Promise<readonly MyProject[]> {
    return this.call("GET", "/projects");
  }

  members(project: Id): Promise<readonly Member[]> {
    return this.call("GET", `/projects/${project}/members`);
  }

  ticket(project: Id): Promise<SocketTicket> {
    return this.call("POST", `/projects/${project}/socket-tickets`);
  }

  conversations(project: Id, query: string, cursor: string | null): Promise<ConversationPage> {
    const parameters = new URLSearchParams(query);
    parameters.set("limit", "50");
    if (cursor !== null) parameters.set("cursor", cursor);
    return this.call("GET", `/projects/${project}/conversations?${parameters}`);
  }

  unread(project: Id): Promise<UnreadCounts> {
    return this.call("GET", `/projects/${project}/conversations/unread`);
  }

  conversation(project: Id, id: Id): Promise<Conversation> {
    return this.call("GET", `/projects/${project}/conversations/${id}`);
  }

  messages(project: Id, id: Id, where: MessagesQuery): Promise<MessagePage> {
    const from = where === "" ? "" : `&${where}`;
    return this.call("GET", `/projects/${project}/conversations/${id}/messages?limit=50${from}`);
  }

  reply(project: Id, id: Id, message: Reply): Promise<Message> {
    const path = `/projects/${project}/conversations/${id}/messages`;
    // `keepalive` lets the request finish after the page is closed; browsers allow 64 KiB in total.
    return this.renewed(() =>
      this.send("POST", path, message, this.token, JSON.stringify(message).length < MAX_KEEPALIVE),
    );
  }

  /** A reply with files. */
  attach(project: Id, id: Id, message: NewAttachments): Promise<Message> {
    return this.call("POST", `/projects/${project}/conversations/${id}/attachments`, message);
  }

  edit(project: Id, id: Id, message: Id, text: EditedText): Promise<Message> {
    return this.call("PATCH", `/projects/${project}/conversations/${id}/messages/${message}`, text);
  }

  redact(project: Id, id: Id, message: Id): Promise<Message> {
    return this.call("DELETE", `/projects/${project}/conversations/${id}/messages/${message}`);
  }

  setStatus(project: Id, id: Id, status: StatusChange["status"]): Promise<Conversation> {
    return this.call("PUT", `/projects/${project}/conversations/${id}/status`, { status } satisfies StatusChange);
  }

  assign(project: Id, id: Id, assignee_id: Id | null): Promise<Conversation> {
    return this.call("PUT", `/projects/${project}/conversations/${id}/assignee`, { assignee_id } satisfies Assignment);
  }

  /** Who answers in the conversation, and what the assistant said when it handed over. */
  assistantOf(project: Id, id: Id): Promise<ConversationAssistant> {
    return this.call("GET", `/projects/${project}/conversations/${id}/assistant`);
  }

  setOwner(project: Id, id: Id, owner: OwnerChange["owner"]): Promise<ConversationAssistant> {
    return this.call("PUT", `/projects/${project}/conversations/${id}/assistant`, { owner } satisfies OwnerChange);
  }

  markRead(project: Id, id: Id, seq: number): Promise<void> {
    return this.call("POST", `/projects/${project}/conversations/${id}/read`, { seq } satisfies ReadMark);
  }

  typing(project: Id, id: Id, on: boolean): Promise<void> {
    return this.call("POST", `/projects/${project}/conversations/${id}/typing`, { on } satisfies TypingState);
  }

  visitor(project: Id, id: Id): Promise<Visitor> {
    return this.call("GET", `/projects/${project}/visitors/${id}`);
  }

  /** An authenticated request: an expired token is refreshed once; if the refresh is refused, the session ends. */
  call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.renewed(() => this.send<T>(method, path, body, this.token));
  }

  /** A POST that may be sent again with the same `key`: it takes effect once, and gets the first answer. */
  once<T>(path: string, body: unknown, key: string): Promise<T> {
    return this.renewed(() => this.send<T>("POST", path, body, this.token, false, key));
  }

  /** An authenticated request whose response is a file and not JSON. */
  file(path: string): Promise<string> {
    return this.renewed(() => this.exchange("GET", path, undefined, this.token));
  }

  /** An authenticated request with a file of `type`. */
  upload<T>(path: string, type: string, file: Blob): Promise<T> {
    const body = new Blob([file], { type });
    return this.renewed(() => this.send<T>("POST", path, body, this.token));
  }

  /** Sends a file to an address of `upload_url`, with progress. Resolves with the response, whatever it says. */
  async put(url: string, file: Blob, progress: Progress, signal: AbortSignal): Promise<Sent> {
    const attempt = (): Promise<Sent> => {
      const headers = { Authorization: `Bearer ${this.token ?? ""}`, "Content-Type": "application/octet-stream" };
      return put(url, file, headers, progress, signal);
    };
    const sent = await attempt();
    if (sent.status !== 401 || this.ended) return sent;
    return this.restore().then(attempt, () => sent);
  }

  /** A request without authentication. */
  ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.send<T>(method, path, body, null);
  }

  private async renewed<T>(ask: () => Promise<T>): Promise<T> {
    if (this.ended) throw new Problem(401, "unauthenticated", "signed out");
    try {
      return await ask();
    } catch (error) {
      // A wrong password is a 401 too, but does not mean that the session has ended.
      if (!(error instanceof Problem) || error.status !== 401 || error.code === "bad_credentials") throw error;
    }
    try {
      await this.restore();
    } catch (error) {
      if (error instanceof Problem && !error.temporary) {
        this.ended = true;
        this.signedOut();
      }
      throw error;
    }
    return ask();
  }

  private async send<T>(
    method: string,
    path: string,
    body: unknown,
    token: string | null,
    keepalive = false,
    key?: string,
  ): Promise<T> {
    const text = await this.exchange(method, path, body, token, keepalive, key);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  private async exchange(
    method: string,
    path: string,
    body: unknown,
    token: string | null,
    keepalive = false,
    key?: string,
  ): Promise<string> {
    const headers: Record<string, string> = { Accept: "application/json" };
    const file = body instanceof Blob ? body : null;
    if (body !== undefined) headers["Content-Type"] = file?.type ?? "application/json";
    if (token !== null) headers["Authorization"] = `Bearer ${token}`;
    if (key !== undefined) headers["Idempotency-Key"] = key;
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.root + path, {
        method,
        headers,
        credentials: "same-origin",
        keepalive,
        signal: AbortSignal.timeout(file === null ? TIMEOUT : UPLOAD_TIMEOUT),
        ...(body === undefined ? {} : { body: file ?? JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      throw new Problem(0, "unreachable", "the server could not be reached");
    }
    if (!response.ok) throw problemFrom(response, text);
    return text;
  }
}

function problemFrom(response: Response, text: string): Problem {
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const retry_after = Number.isNaN(wait) ? null : wait;
  try {
    const { code, detail, title, errors } = JSON.parse(text) as Record<string, unknown>;
    const fields = Array.isArray(errors) ? (errors as FieldError[]) : [];
    return new Problem(response.status, String(code ?? ""), String(detail ?? title ?? ""), retry_after, fields);
  } catch {
    return new Problem(response.status, "", "", retry_after);
  }
}
