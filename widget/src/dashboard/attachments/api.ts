/** REST of files, for the project on screen. */

import { failureOf, type Requests } from "../../attachments/carrier";
import type { Attachment, Attachments, AttachmentStorage, AttachmentTicket } from "../../rest/types";
import type { Id } from "../../rest/types";
import { type Api, Problem } from "../rest/api";

export class AttachmentsApi implements Requests {
  private readonly path: string;

  constructor(
    private readonly api: Pick<Api, "call" | "put">,
    project: Id,
  ) {
    this.path = `/projects/${project}`;
  }

  rules(): Promise<AttachmentStorage> {
    return this.api.call("GET", `${this.path}/attachment-storage`);
  }

  /** With fresh addresses; files that do not exist any more are missing. */
  async find(ids: readonly Id[]): Promise<readonly Attachment[]> {
    return (await this.api.call<Attachments>("GET", `${this.path}/attachments?ids=${ids.join()}`)).items;
  }

  async ticket({ name, size }: File): Promise<AttachmentTicket> {
    try {
      return await this.api.call("POST", `${this.path}/attachments`, { name, bytes: size });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      throw failureOf(error.status, error.code, error.retry_after ?? 0);
    }
  }

  put: Requests["put"] = (url, file, progress, signal) => this.api.put(url, file, progress, signal);

  remove(id: Id): void {
    void this.api.call("DELETE", `${this.path}/attachments/${id}`).catch(() => undefined); // expires by itself
  }
}
