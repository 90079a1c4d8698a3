/** REST of one project's settings: details, members, invitations, API keys. */

import type { Id, Member, Project } from "../state/model";
import type { Api } from "./api";

export type Role = Project["role"];
export type HistoryMode = "forever" | "limit_to_active";
export type Scope = "conversations:read" | "messages:write" | "conversations:write" | "members:read";

export const SCOPES: readonly Scope[] = ["conversations:read", "conversations:write", "messages:write", "members:read"];

export interface ProjectDetails extends Project {
  readonly domains: readonly string[];
  readonly history_mode: HistoryMode;
  readonly version: number;
}

export interface ProjectChange {
  readonly name?: string;
  readonly domains?: readonly string[];
  readonly history_mode?: HistoryMode;
}

export interface Person {
  readonly id: Id;
  readonly full_name: string;
}

export interface Colleague extends Member {
  readonly joined_at: number;
}

export interface Invitation {
  readonly id: Id;
  readonly email: string;
  readonly role: Role;
  readonly invited_by: Person | null; // null: the account was deleted
  readonly created_at: number;
  readonly expires_at: number;
  readonly expired: boolean;
}

export interface ApiKey {
  readonly id: Id;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly Scope[];
  readonly created_by: Person | null;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

export interface NewApiKey extends ApiKey {
  readonly key: string; // sent only in this response
}

export class ProjectApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  static create(api: Api, name: string, domains: readonly string[]): Promise<ProjectDetails> {
    return api.call("POST", "/projects", { name, domains });
  }

  details(): Promise<ProjectDetails> {
    return this.call("GET", "");
  }

  /** Optimistic locking: refused as `stale` when the project has changed since `version`. */
  change(version: number, change: ProjectChange): Promise<ProjectDetails> {
    return this.call("PATCH", "", { version, ...change });
  }

  delete(name: string): Promise<void> {
    return this.call("DELETE", "", { name });
  }

  leave(): Promise<void> {
    return this.call("POST", "/leave");
  }

  members(): Promise<readonly Colleague[]> {
    return this.call("GET", "/members");
  }

  setRole(user: Id, role: Role): Promise<Colleague> {
    return this.call("PATCH", `/members/${user}`, { role });
  }

  remove(user: Id): Promise<void> {
    return this.call("DELETE", `/members/${user}`);
  }

  invitations(): Promise<readonly Invitation[]> {
    return this.call("GET", "/invitations");
  }

  invite(email: string, role: Role): Promise<Invitation> {
    return this.call("POST", "/invitations", { email, role });
  }

  resend(invitation: Id): Promise<Invitation> {
    return this.call("POST", `/invitations/${invitation}/resend`);
  }

  revokeInvitation(invitation: Id): Promise<void> {
    return this.call("DELETE", `/invitations/${invitation}`);
  }

  keys(): Promise<readonly ApiKey[]> {
    return this.call("GET", "/api-keys");
  }

  createKey(name: string, scopes: readonly Scope[]): Promise<NewApiKey> {
    return this.call("POST", "/api-keys", { name, scopes });
  }

  revokeKey(key: Id): Promise<void> {
    return this.call("DELETE", `/api-keys/${key}`);
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}${path}`, body);
  }
}
