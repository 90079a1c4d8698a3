/** The sections of the settings, in the order of the navigation: a new one is a line here. */

import type { JSX } from "preact";

import type { IconName } from "../views/parts/icons";
import { ClosePage } from "./account/close";
import { EmailPage } from "./account/email";
import { LinkedPage } from "./account/linked";
import { NotificationsPage } from "./account/notifications/page";
import { ProfilePage } from "./account/profile";
import { SecurityPage } from "./account/security";
import { SessionsPage } from "./account/sessions";
import { ProjectsPage } from "./admin/projects";
import { StatusPage } from "./admin/status";
import { UsersPage } from "./admin/users";
import { AdminAuditPage } from "./audit/admin_page";
import { lazyPage } from "./parts/lazy_page";
import { BlockedPage } from "./blocked/page";
import { CannedResponsesPage } from "./canned_responses/page";
import { IdentityPage } from "./identity/page";
import { FormsPage } from "./forms/page";
import { ApiKeysPage } from "./project/api_keys";
import { AuditPage } from "./project/audit_page";
import { LeavePage } from "./project/close";
import { DomainsPage } from "./project/domains";
import { FilesPage } from "./project/files";
import { GeneralPage } from "./project/general";
import { InvitationsPage } from "./project/invitations";
import { MembersPage } from "./project/members";
import { WebhooksPage } from "./webhooks/page";

const LookPage = lazyPage(async () => (await import("./appearance/page")).LookPage);
const AssistantPage = lazyPage(async () => (await import("./assistant/pages")).AssistantPage);
const WorkflowPage = lazyPage(async () => (await import("./assistant/pages")).WorkflowPage);
const ReplayPage = lazyPage(async () => (await import("./assistant/pages")).ReplayPage);
const TurnsPage = lazyPage(async () => (await import("./assistant/pages")).TurnsPage);
const FiguresPage = lazyPage(async () => (await import("./assistant/pages")).FiguresPage);
const ArticlesPage = lazyPage(async () => (await import("./knowledge/pages")).ArticlesPage);
const ImportsPage = lazyPage(async () => (await import("./knowledge/pages")).ImportsPage);
const GapsPage = lazyPage(async () => (await import("./knowledge/pages")).GapsPage);
const KnowledgeSettingsPage = lazyPage(async () => (await import("./knowledge/pages")).KnowledgeSettingsPage);

interface Section {
  readonly id: string; // in the address; its title is the text `account.ID`, `project.ID` or `admin.ID`
  readonly parent?: string; // the section that the navigation shows instead
  readonly icon: IconName;
  readonly Page: (given: object) => JSX.Element;
}

export type Sections = readonly [Section, ...Section[]];

export const ACCOUNT: Sections = [
  { id: "profile", icon: "user", Page: ProfilePage },
  { id: "email", icon: "mail", Page: EmailPage },
  { id: "security", icon: "lock", Page: SecurityPage },
  { id: "sessions", icon: "screen", Page: SessionsPage },
  { id: "linked", icon: "link", Page: LinkedPage },
  { id: "notifications", icon: "bell", Page: NotificationsPage },
  { id: "close", icon: "trash", Page: ClosePage },
];

export const PROJECT: Sections = [
  { id: "general", icon: "sliders", Page: GeneralPage },
  { id: "widget", icon: "chats", Page: LookPage },
  { id: "domains", icon: "globe", Page: DomainsPage },
  { id: "members", icon: "users", Page: MembersPage },
  { id: "invitations", icon: "send", Page: InvitationsPage },
  { id: "canned-responses", icon: "reply", Page: CannedResponsesPage },
  { id: "files", icon: "clip", Page: FilesPage },
  { id: "forms", icon: "form", Page: FormsPage },
  { id: "assistant", icon: "assistant", Page: AssistantPage },
  { id: "assistant-workflow", parent: "assistant", icon: "assistant", Page: WorkflowPage },
  { id: "assistant-replay", parent: "assistant", icon: "assistant", Page: ReplayPage },
  { id: "assistant-turns", parent: "assistant", icon: "assistant", Page: TurnsPage },
  { id: "assistant-figures", parent: "assistant", icon: "assistant", Page: FiguresPage },
  { id: "knowledge", icon: "book", Page: ArticlesPage },
  { id: "knowledge-import", parent: "knowledge", icon: "book", Page: ImportsPage },
  { id: "knowledge-gaps", parent: "knowledge", icon: "book", Page: GapsPage },
  { id: "knowledge-settings", parent: "knowledge", icon: "book", Page: KnowledgeSettingsPage },
  { id: "identity", icon: "shield", Page: IdentityPage },
  { id: "blocked", icon: "ban", Page: BlockedPage },
  { id: "api-keys", icon: "key", Page: ApiKeysPage },
  { id: "webhooks", icon: "bolt", Page: WebhooksPage },
  { id: "audit", icon: "clock", Page: AuditPage },
  { id: "close", icon: "trash", Page: LeavePage },
];

export const ADMIN: Sections = [
  { id: "users", icon: "users", Page: UsersPage },
  { id: "projects", icon: "flag", Page: ProjectsPage },
  { id: "status", icon: "check", Page: StatusPage },
  { id: "audit", icon: "clock", Page: AdminAuditPage },
];

/** The section of that id, else the first one. */
export function sectionOf(sections: Sections, id: string): Section {
  return sections.find((one) => one.id === id) ?? sections[0];
}
