/** The settings pages: account, project, administration, and a new project. */

import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";

import { ProjectApi } from "../rest/project_api";
import type { MyProject } from "../../rest/types";
import { useSession } from "../views/session";
import { Frame, titleKey } from "./frame";
import { useLoaded, useTouched } from "./parts/use_request";
import { Note } from "./parts/components";
import { ProjectContext } from "./project/use_project";
import { ACCOUNT, ADMIN, PROJECT, sectionOf } from "./sections";
import { useSettingsI18n } from "./i18n";

export { PreferencesPage } from "../copilot/preferences/page";
export { NewProjectPage } from "./new_project";

export function AccountPage({ section }: { readonly section: string }): JSX.Element {
  const { t } = useSettingsI18n();
  const { id, Page } = sectionOf(ACCOUNT, section);
  const route = { name: "account", section } as const;
  return (
    <Frame route={route} nav={section === ""} title={t(titleKey({ ...route, section: id }))}>
      <Page key={id} />
    </Frame>
  );
}

export function AdminPage({ section }: { readonly section: string }): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  const { id, Page } = sectionOf(ADMIN, section);
  const route = { name: "admin", section } as const;
  return (
    <Frame route={route} nav={section === ""} title={t(titleKey({ ...route, section: id }))}>
      {user.is_admin ? <Page key={id} /> : <Note icon="lock">{t("admins.only")}</Note>}
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
  const { id, Page } = sectionOf(PROJECT, section);
  const route = { name: "project settings", project: project.id, section } as const;
  const api = useMemo(() => new ProjectApi(rest, project.id), [rest, project.id]);
  const loaded = useLoaded(() => api.details(), [api]);
  useTouched(loaded, "projects");
  const name = loaded.value?.name ?? project.name;
  useEffect(() => {
    // Renamed: the list of projects says it too. A failure is harmless, the next load of the page has the name.
    if (name !== project.name) void reload().catch(() => undefined);
  }, [name]);
  const manager = (loaded.value?.role ?? project.role) === "manager";
  return (
    <ProjectContext.Provider value={{ project, api, loaded, manager }}>
      <Frame route={route} nav={section === ""} title={t(titleKey({ ...route, section: id }))} lead={name}>
        <Page key={id} />
      </Frame>
    </ProjectContext.Provider>
  );
}
