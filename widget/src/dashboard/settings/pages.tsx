/** The settings pages: account, project, administration, and a new project. */

import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";

import { ProjectApi } from "../rest/project_api";
import type { MyProject } from "../../rest/types";
import { useSession } from "../views/session";
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
import { Audit } from "./audit/audit";
import { ACCOUNT, ADMIN, Frame, PROJECT, titleKey } from "./frame";
import { useLoaded, useTouched } from "./parts/use_request";
import { Note } from "./parts/components";
import { ApiKeysPage } from "./project/api_keys";
import { AuditPage } from "./project/audit_page";
import { LeavePage } from "./project/close";
import { DomainsPage } from "./project/domains";
import { GeneralPage } from "./project/general";
import { InvitationsPage } from "./project/invitations";
import { MembersPage } from "./project/members";
import { ProjectContext } from "./project/use_project";
import { useSettingsI18n } from "./i18n";

export { NewProjectPage } from "./new_project";

const ACCOUNT_PAGES: Readonly<Record<(typeof ACCOUNT)[number], () => JSX.Element>> = {
  profile: ProfilePage,
  email: EmailPage,
  security: SecurityPage,
  sessions: SessionsPage,
  linked: LinkedPage,
  notifications: NotificationsPage,
  close: ClosePage,
};
const PROJECT_PAGES: Readonly<Record<(typeof PROJECT)[number], () => JSX.Element>> = {
  general: GeneralPage,
  domains: DomainsPage,
  members: MembersPage,
  invitations: InvitationsPage,
  "api-keys": ApiKeysPage,
  audit: AuditPage,
  close: LeavePage,
};
const ADMIN_PAGES: Readonly<Record<(typeof ADMIN)[number], () => JSX.Element>> = {
  users: UsersPage,
  projects: ProjectsPage,
  status: StatusPage,
  audit: AdminAudit,
};
const NO_NAMES = new Map<string, string>();

export function AccountPage({ section }: { readonly section: string }): JSX.Element {
  const { t } = useSettingsI18n();
  const shown = known(ACCOUNT, section);
  const Page = ACCOUNT_PAGES[shown];
  const route = { name: "account", section } as const;
  return (
    <Frame route={route} nav={section === ""} title={t(titleKey({ ...route, section: shown }))}>
      <Page key={shown} />
    </Frame>
  );
}

export function AdminPage({ section }: { readonly section: string }): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  const shown = known(ADMIN, section);
  const Page = ADMIN_PAGES[shown];
  const route = { name: "admin", section } as const;
  return (
    <Frame route={route} nav={section === ""} title={t(titleKey({ ...route, section: shown }))}>
      {user.is_admin ? <Page key={shown} /> : <Note icon="lock">{t("admins.only")}</Note>}
    </Frame>
  );
}

interface ProjectSettings {
  readonly project: MyProject;
  readonly section: string;
}

export function ProjectSettingsPage({ project, section }: ProjectSettings): JSX.Element {
  const { api: rest, reload } = useSession();
  const { t } = useSettingsI18n();
  const shown = known(PROJECT, section);
  const Page = PROJECT_PAGES[shown];
  const route = { name: "project settings", project: project.id, section } as const;
  const api = useMemo(() => new ProjectApi(rest, project.id), [rest, project.id]);
  const loaded = useLoaded(() => api.details(), [api]);
  useTouched(loaded, "project");
  const name = loaded.value?.name ?? project.name;
  useEffect(() => {
    // Renamed: the list of projects says it too. A failure is harmless, the next load of the page has the name.
    if (name !== project.name) void reload().catch(() => undefined);
  }, [name]);
  const manager = (loaded.value?.role ?? project.role) === "manager";
  return (
    <ProjectContext.Provider value={{ project, api, loaded, manager }}>
      <Frame route={route} nav={section === ""} title={t(titleKey({ ...route, section: shown }))} lead={name}>
        <Page key={shown} />
      </Frame>
    </ProjectContext.Provider>
  );
}

function AdminAudit(): JSX.Element {
  return <Audit project={null} names={NO_NAMES} />;
}

function known<T extends string>(sections: readonly [T, ...T[]], section: string): T {
  return sections.find((one) => one === section) ?? sections[0];
}
