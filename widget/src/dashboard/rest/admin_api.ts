/** REST of the whole installation, for its admins. */

import type { Id } from "../state/model";
import type { Api } from "./api";

export type AccountState = "active" | "deactivated" | "suspended" | "deleted";

export interface AdminUser {
  readonly id: Id;
  readonly email: string;
  readonly full_name: string;
  readonly state: AccountState;
  readonly is_admin: boolean;
  readonly email_verified: boolean;
  readonly two_factor: boolean;
  readonly created_at: number;
  readonly projects: number;
}

export interface AdminProject {
  readonly id: Id;
  readonly name: string;
  readonly members: number;
  /** Managers who can sign in. */
  readonly managers: number;
  readonly conversations: number;
  readonly created_at: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface Check {
  readonly ok: boolean;
  readonly detail: string;
}

export interface Status {
  readonly checks: Readonly<Record<string, Check>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly mail: { readonly mode: "smtp" | "directory"; readonly waiting: number; readonly dead: number };
}

export class AdminApi {
  constructor(private readonly api: Api) {}

  users(query: string, state: AccountState | "", cursor: string | null): Promise<Page<AdminUser>> {
    return this.api.call("GET", `/admin/users?${given({ query, state, cursor })}`);
  }

  /** Returns the projects that now have no active manager. */
  suspend(user: Id): Promise<{ readonly without_manager: readonly { readonly id: Id; readonly name: string }[] }> {
    return this.api.call("POST", `/admin/users/${user}/suspend`);
  }

  reactivate(user: Id): Promise<void> {
    return this.api.call("POST", `/admin/users/${user}/reactivate`);
  }

  projects(query: string, cursor: string | null): Promise<Page<AdminProject>> {
    return this.api.call("GET", `/admin/projects?${given({ query, cursor })}`);
  }

  status(): Promise<Status> {
    return this.api.call("GET", "/admin/status");
  }

  sendTestMail(recipient: string): Promise<void> {
    return this.api.call("POST", "/admin/mail/test", { recipient });
  }
}

function given(fields: Readonly<Record<string, string | null>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== null && value !== "") query.set(name, value);
  return query;
}
