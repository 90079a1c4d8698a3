/** The context of the project settings, for every section. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { MyProject, Project } from "../../../rest/types";
import type { ProjectApi } from "../../rest/project_api";
import type { Loaded } from "../parts/use_request";

export interface ProjectAtHand {
  readonly project: MyProject;
  readonly api: ProjectApi;
  readonly loaded: Loaded<Project>;
  readonly manager: boolean;
}

export const ProjectContext = createContext<ProjectAtHand | null>(null);

export function useProject(): ProjectAtHand {
  const found = useContext(ProjectContext);
  if (found === null) throw new Error("no project around this view");
  return found;
}
