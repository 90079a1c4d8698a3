/** REST of the audit log: of one project, or of the installation. */

import type { AuditEntry, AuditPage, Id } from "../../rest/types";
import type { Api } from "./api";

export type Result = AuditEntry["result"];

/** Empty: everything. */
export interface AuditFilter {
  readonly actor: string; // an id or part of a name
  readonly action: string; // a prefix
  readonly result: Result | "";
  readonly from: number | null; // ms, inclusive
  readonly to: number | null; // ms, exclusive
}

export class AuditApi {
  private readonly path: string;

  constructor(
    private readonly api: Api,
    project: Id | null, // null: the log of the installation
  ) {
    this.path = project === null ? "/admin/audit" : `/projects/${project}/audit`;
  }

  page(filter: AuditFilter, cursor: string | null): Promise<AuditPage> {
    const query = parameters(filter);
    if (cursor !== null) query.set("cursor", cursor);
    return this.api.call("GET", `${this.path}?${query}`);
  }

  csv(filter: AuditFilter): Promise<string> {
    return this.api.file(`${this.path}.csv?${parameters(filter)}`);
  }
}

function parameters(filter: AuditFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter) as [string, string | number | null][]) {
    if (value !== null && value !== "") query.set(name, String(value));
  }
  return query;
}
