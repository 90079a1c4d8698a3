/** REST of the whole installation, for its admins. */

import type {
  AdminProjectPage,
  AdminUser,
  AdminUserPage,
  Id,
  Recipient,
  Suspended,
  SystemStatus,
} from "../../rest/types";
import type { Api } from "./api";

export type AccountState = AdminUser["state"];

export class AdminApi {
  constructor(private readonly api: Api) {}

  users(query: string, state: AccountState | "", cursor: string | null): Promise<AdminUserPage> {
    return this.api.call("GET", `/admin/users?${given({ query, state, cursor })}`);
  }

  /** Returns the projects that now have no active manager. */
  suspend(user: Id): Promise<Suspended> {
    return this.api.call("POST", `/admin/users/${user}/suspend`);
  }

  reactivate(user: Id): Promise<void> {
    return this.api.call("POST", `/admin/users/${user}/reactivate`);
  }

  projects(query: string, cursor: string | null): Promise<AdminProjectPage> {
    return this.api.call("GET", `/admin/projects?${given({ query, cursor })}`);
  }

  status(): Promise<SystemStatus> {
    return this.api.call("GET", "/admin/status");
  }

  sendTestMail(recipient: string): Promise<void> {
    return this.api.call("POST", "/admin/mail/test", { recipient } satisfies Recipient);
  }
}

function given(fields: Readonly<Record<string, string | null>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== null && value !== "") query.set(name, value);
  return query;
}
