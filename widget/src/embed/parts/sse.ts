/** The part for visitors whose network blocks websockets: loaded after a failed attempt, or when one is remembered. */

import type { HostApi } from "../../host/api";
import { findWay } from "../../wire/sse/ways";

export function detour({ world, project, local }: HostApi): void {
  const { origin } = new URL(import.meta.url);
  const alive = `${origin}/api/v1/public/projects/${project}/settings`;
  findWay(world, { origin, project, alive, notes: local, name: `parley:${project}:sse` });
}
