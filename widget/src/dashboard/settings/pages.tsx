/** What is set and not answered: the account, a project, the whole installation, and a new project. */

import type { JSX } from "preact";

import type { Project } from "../state/model";
import { useSession } from "../views/session";

export function AccountPage({ section }: { readonly section: string }): JSX.Element {
  const { user } = useSession();
  return <main class="splash"><h1>{user.full_name}</h1><p>{section}</p></main>;
}

export function AdminPage({ section }: { readonly section: string }): JSX.Element {
  return <main class="splash"><p>{section}</p></main>;
}

interface ProjectSettings {
  readonly project: Project;
  readonly section: string;
}

export function ProjectSettingsPage({ project, section }: ProjectSettings): JSX.Element {
  return <main class="splash"><h1>{project.name}</h1><p>{section}</p></main>;
}

export function NewProjectPage(): JSX.Element {
  return <main class="splash" />;
}
