/** Administration › Audit log: what belongs to no project. */

import type { JSX } from "preact";

import { Audit } from "./audit";

const NO_NAMES = new Map<string, string>();

export function AdminAuditPage(): JSX.Element {
  return <Audit project={null} names={NO_NAMES} />;
}
