/** Project › Audit log: the log with the names of the members. */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { Audit } from "../audit/audit";
import { useLoaded } from "../parts/use_request";
import { ManagersOnly } from "./managers_only";
import { useProject } from "./use_project";

export function AuditPage(): JSX.Element {
  const { manager } = useProject();
  return manager ? <ProjectAudit /> : <ManagersOnly nothing />;
}

function ProjectAudit(): JSX.Element {
  const { api, project } = useProject();
  const members = useLoaded(() => api.members(), [api]);
  const names = useMemo(
    () => new Map((members.value ?? []).map(({ user_id, full_name }) => [user_id, full_name])),
    [members.value],
  );
  return <Audit project={project.id} names={names} />;
}
