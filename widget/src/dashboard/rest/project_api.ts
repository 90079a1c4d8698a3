/** REST of one project's settings: details, members, invitations, API keys, identity secrets. */

import type {
  ApiKey,
  Id,
  IdentitySecret,
  Invitation,
  MadeApiKey,
  MadeIdentitySecret,
  Member,
  NewApiKey,
  NewInvitation,
  NewProject,
  Project,
  ProjectChange,
  ProjectName,
  RoleChange,
} from "../../rest/types";
import type { Api } from "./api";

export type Role = Member["role"];
export type HistoryMode = Project["history_mode"];
export type Scope = ApiKey["scopes"][number];

export const SCOPES: readonly Scope[] = [
  "conversations:read",
  "conversations:write",
  "messages:write",
  "members:read",
  "project:read",
  "project:write",
  "webhooks:write",
];

export class ProjectApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  static create(api: Api, name: string, domains: readonly string[]): Promise<Project> {
    return api.call("POST", "/projects", { name, domains } satisfies NewProject);
  }

  details(): Promise<Project> {
    return this.call("GET", "");
  }

  /** Optimistic locking: refused as `stale` when the project has changed since `version`. */
  change(version: number, change: Omit<ProjectChange, "version">): Promise<Project> {
    return this.call("PATCH", "", { version, ...change } satisfies ProjectChange);
  }

  delete(name: string): Promise<void> {
    return this.call("DELETE", "", { name } satisfies ProjectName);
  }

  leave(): Promise<void> {
    return this.call("POST", "/leave");
  }

  members(): Promise<readonly Member[]> {
    return this.call("GET", "/members");
  }

  setRole(user: Id, role: Role): Promise<Member> {
    return this.call("PATCH", `/members/${user}`, { role } satisfies RoleChange);
  }

  remove(user: Id): Promise<void> {
    return this.call("DELETE", `/members/${user}`);
  }

  invitations(): Promise<readonly Invitation[]> {
    return this.call("GET", "/invitations");
  }

  invite(email: string, role: Role): Promise<Invitation> {
    return this.call("POST", "/invitations", { email, role } satisfies NewInvitation);
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

  createKey(name: string, scopes: readonly Scope[]): Promise<MadeApiKey> {
    return this.call("POST", "/api-keys", { name, scopes } satisfies NewApiKey);
  }

  revokeKey(key: Id): Promise<void> {
    return this.call("DELETE", `/api-keys/${key}`);
  }

  identitySecrets(): Promise<readonly IdentitySecret[]> {
    return this.call("GET", "/identity-secrets");
  }

  createIdentitySecret(): Promise<MadeIdentitySecret> {
    return this.call("POST", "/identity-secrets");
  }

  removeIdentitySecret(secret: Id): Promise<void> {
    return this.call("DELETE", `/identity-secrets/${secret}`);
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `/projects/${this.project}${path}`, body);
  }
}
