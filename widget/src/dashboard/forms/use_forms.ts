/** The REST client of forms for the project on screen. */

import { useMemo } from "preact/hooks";

import { useWorkspace } from "../views/hooks";
import { useSession } from "../views/session";
import { FormsApi } from "./api";

export function useFormsApi(): FormsApi {
  const { api } = useSession();
  const { project } = useWorkspace();
  return useMemo(() => new FormsApi(api, project.id), [api, project.id]);
}
