/** The sections of the settings, in the order of the navigation: a new one is a line here. */

import type { JSX } from "preact";

import type { IconName } from "../views/parts/icons";
import { ClosePage } from "./account/close";
import { EmailPage } from "./account/email";
import { LinkedPage } from "./account/linked";
import { NotificationsPage } from "./account/notifications";
import { ProfilePage } from "./account/profile";
import { SecurityPage } from "./account/security";
import { SessionsPage } from "./account/sessions";
import { ProjectsPage } from "./admin/projects";
import { StatusPage } from "./admin/status";
import { UsersPage } from "./admin/users";
import { AdminAuditPage } from "./audit/admin_page";
import { BlockedPage } from "./blocked/page";
import { CannedResponsesPage } from "./canned_responses/page";
import { IdentityPage } from "./identity/page";
import { FormsPage } from "./forms/page";
import { ApiKeysPage } from "./project/api_keys";
import { AuditPage } from "./project/audit_page";
import { LeavePage } from "./project/close";
import { DomainsPage } from "./project/domains";
import { GeneralPage } from "./project/general";
import { InvitationsPage } from "./project/invitations";
import { MembersPage } from "./project/members";
import { WebhooksPage } from "./webhooks/page";

interface Section {
  readonly id: string; // in the address; its title is the text `account.ID`, `project.ID` or `admin.ID`
  readonly icon: IconName;
  readonly Page: () => JSX.Element;
}

export type Sections = readonly [Section, ...Section[]];

export const ACCOUNT: Sections = [
  { id: "profile", icon: "user", Page: ProfilePage },
  { id: "email", icon: "send", Page: EmailPage },
  { id: "security", icon: "lock", Page: SecurityPage },
  { id: "sessions", icon: "screen", Page: SessionsPage },
  { id: "linked", icon: "link", Page: LinkedPage },
  { id: "notifications", icon: "mail", Page: NotificationsPage },
  { id: "close", icon: "trash", Page: ClosePage },
];

export const PROJECT: Sections = [
  { id: "general", icon: "sliders", Page: GeneralPage },
  { id: "domains", icon: "globe", Page: DomainsPage },
  { id: "members", icon: "users", Page: MembersPage },
  { id: "invitations", icon: "mail", Page: InvitationsPage },
  { id: "canned-responses", icon: "reply", Page: CannedResponsesPage },
  { id: "forms", icon: "form", Page: FormsPage },
  { id: "identity", icon: "shield", Page: IdentityPage },
  { id: "blocked", icon: "shield", Page: BlockedPage },
  { id: "api-keys", icon: "key", Page: ApiKeysPage },
  { id: "webhooks", icon: "link", Page: WebhooksPage },
  { id: "audit", icon: "note", Page: AuditPage },
  { id: "close", icon: "trash", Page: LeavePage },
];

export const ADMIN: Sections = [
  { id: "users", icon: "users", Page: UsersPage },
  { id: "projects", icon: "flag", Page: ProjectsPage },
  { id: "status", icon: "check", Page: StatusPage },
  { id: "audit", icon: "note", Page: AdminAuditPage },
];

/** The section of that id, else the first one. */
export function sectionOf(sections: Sections, id: string): Section {
  return sections.find((one) => one.id === id) ?? sections[0];
}
