/** REST of a project's canned responses. */

import type {
  CannedResponse,
  CannedResponseChange,
  CannedResponseImport,
  CannedResponsePage,
  CannedResponsesImported,
  Id,
  NewCannedResponse,
} from "../../rest/types";
import type { Api } from "../rest/api";

export class CannedResponsesApi {
  constructor(
    private readonly api: Api,
    private readonly project: Id,
  ) {}

  /** All of them, by shortcut. */
  async all(): Promise<readonly CannedResponse[]> {
    const found: CannedResponse[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: CannedResponsePage = await this.call(
        "GET",
        cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`,
      );
      found.push(...page.items);
      cursor = page.next_cursor;
    }
    return found;
  }

  create(response: Required<NewCannedResponse>): Promise<CannedResponse> {
    return this.call("POST", "", response);
  }

  /** Optimistic locking: refused as `stale` when the response has changed since `version`. */
  change(id: Id, change: CannedResponseChange): Promise<CannedResponse> {
    return this.call("PATCH", `/${id}`, change);
  }

  delete(id: Id): Promise<void> {
    return this.call("DELETE", `/${id}`);
  }

  /** An agent put it into a reply. */
  used(id: Id): Promise<void> {
    return this.call("POST", `/${id}/uses`);
  }

  csv(separator: "comma" | "semicolon"): Promise<string> {
    return this.api.file(`${this.path}.csv?separator=${separator}`);
  }

  /** What importing the file would do. */
  preview(file: Blob): Promise<CannedResponseImport> {
    return this.api.upload(`${this.path}/import-preview`, "text/csv", file);
  }

  /** All lines or none; refused as `stale` when the preview `plan` does not hold any more. */
  import(file: Blob, plan: string): Promise<CannedResponsesImported> {
    return this.api.upload(`${this.path}/import?plan=${plan}`, "text/csv", file);
  }

  private get path(): string {
    return `/projects/${this.project}/canned-responses`;
  }

  private call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.api.call(method, `${this.path}${path}`, body);
  }
}
