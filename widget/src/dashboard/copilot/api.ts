/** REST of the copilot: the agent's sessions, the project's drafts, and preferences. */

import type { Api } from "../rest/api";
import type { Draft, DraftVersion, Id, Message, Page, Post, Preferences, Session } from "./model/rest";

export type PostChange = Partial<Post>;
export type PostChanges = Readonly<Record<string, PostChange | null>>; // null removes the post

export class CopilotApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  sessions(cursor: string | null, conversation?: Id): Promise<Page<Session>> {
    return this.call("GET", `/sessions${query({ cursor, conversation })}`);
  }

  session(id: Id): Promise<Session> {
    return this.call("GET", `/sessions/${id}`);
  }

  begin(about: { readonly conversation: Id } | { readonly article: Id } | null, title?: string): Promise<Session> {
    return this.call("POST", "/sessions", { ...about, ...(title === undefined ? {} : { title }) });
  }

  rename(id: Id, title: string): Promise<Session> {
    return this.call("PATCH", `/sessions/${id}`, { title });
  }

  delete(id: Id): Promise<void> {
    return this.call("DELETE", `/sessions/${id}`);
  }

  /** The last ones, oldest first; the next page has older ones. */
  messages(session: Id, cursor: string | null): Promise<Page<Message>> {
    return this.call("GET", `/sessions/${session}/messages${query({ cursor })}`);
  }

  /** The agent sent the copilot's text, `edited` code points away from it. Counted once. */
  accepted(session: Id, message: Id, edited: number): Promise<void> {
    return this.call("POST", `/sessions/${session}/messages/${message}/acceptance`, { edited });
  }

  drafts(state: string, cursor: string | null): Promise<Page<Draft>> {
    return this.call("GET", `/drafts${query({ state: state === "" ? null : state, cursor })}`);
  }

  draft(id: Id): Promise<Draft> {
    return this.call("GET", `/drafts/${id}`);
  }

  /** Optimistic locking: refused as `stale` when the draft has changed since `version`. */
  changeDraft(id: Id, change: { version: number; title?: string; posts?: PostChanges }): Promise<Draft> {
    return this.call("PATCH", `/drafts/${id}`, change);
  }

  /** The newest first. */
  versions(id: Id, cursor: string | null): Promise<Page<DraftVersion>> {
    return this.call("GET", `/drafts/${id}/versions${query({ cursor })}`);
  }

  approve(id: Id, version: number): Promise<Draft> {
    return this.call("POST", `/drafts/${id}/approve`, { version });
  }

  /** Only marks it: an agent publishes by hand. */
  publish(id: Id, version: number): Promise<Draft> {
    return this.call("POST", `/drafts/${id}/publish`, { version });
  }

  deleteDraft(id: Id): Promise<void> {
    return this.call("DELETE", `/drafts/${id}`);
  }

  preferences(of: "mine" | "project"): Promise<Preferences> {
    return this.call("GET", preferencesPath(of));
  }

  /** Optimistic locking, as `changeDraft`. */
  setPreferences(of: "mine" | "project", preferences: Preferences): Promise<Preferences> {
    return this.call("PUT", preferencesPath(of), preferences);
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}/copilot${path}`, body);
  }
}

function preferencesPath(of: "mine" | "project"): string {
  return of === "mine" ? "/preferences" : "/preferences/project";
}

function query(parameters: Readonly<Record<string, string | number | null | undefined>>): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined) made.set(name, String(value));
  return made.size === 0 ? "" : `?${made}`;
}
