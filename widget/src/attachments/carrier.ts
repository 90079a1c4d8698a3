/** How a file comes to the server: a ticket, the bytes, and what the examination said. */

import type { Attachment, AttachmentTicket } from "../rest/types";
import type { StoredFile } from "./files";
import type { Progress, Sent } from "./put";
import { type Carrier, Failure } from "./uploader";

const SECOND = 1_000; // ms
/** Another attempt may succeed: the server was busy, or the person can make room. */
const RETRYABLE = /^(not_scanned|too_complex|too_many_uploads)$/;
const BY_STATUS: Readonly<Record<number, string>> = { 413: "too_large", 415: "type_not_allowed" };

/** The requests of one face, with its credentials. */
export interface Requests {
  /** Rejects with a Failure. */
  ticket(file: File, signal: AbortSignal): Promise<AttachmentTicket>;
  put(url: string, file: File, progress: Progress, signal: AbortSignal): Promise<Sent>;
  /** Best effort. */
  remove(id: string): void;
}

export function carrierOf(requests: Requests): Carrier {
  const tickets = new WeakMap<File, AttachmentTicket>(); // of what was cut off: the same is sent again
  return {
    async send(file, report, signal) {
      const ticket = tickets.get(file) ?? (await requests.ticket(file, signal));
      tickets.set(file, ticket);
      report.ticketed(ticket.id);
      const { status, body, retryAfter } = await requests.put(ticket.upload_url, file, report, signal);
      if (status === 200) {
        const given = JSON.parse(body) as Attachment;
        if (given.state === "ready") return storedOf(given);
        tickets.delete(file);
        throw refusal(given.reason ?? "");
      }
      const code = codeOf(body);
      if (status === 404) tickets.delete(file); // it has expired
      if (code === "upload_running") {
        // Of a server that was killed, perhaps: it would run for minutes.
        tickets.delete(file);
        requests.remove(ticket.id);
      }
      throw failureOf(status, status === 404 ? "" : code, retryAfter);
    },
    discard: (id) => requests.remove(id),
  };
}

/** What an error response of the server means for the file. */
export function failureOf(status: number, code: string, retryAfter: number): Failure {
  // 400 and 408: bytes are missing or late; 401: the credentials are renewed meanwhile; 404: a new ticket.
  const temporary = !status || status > 499 || [400, 401, 404, 408, 429].includes(status) || code === "upload_running";
  return temporary ? new Failure("", retryAfter * SECOND) : refusal(BY_STATUS[status] ?? code);
}

const refusal = (reason: string) => new Failure(reason || "refused", 0, RETRYABLE.test(reason));

/** The code of a problem document. */
function codeOf(body: string): string {
  try {
    return String((JSON.parse(body) as { code?: unknown }).code ?? "");
  } catch {
    return "";
  }
}

function storedOf({ id, name, media_type, size, width, height, thumbnail_url }: Attachment): StoredFile {
  return { id, name, media_type, size, ...(width && height && { width, height, thumbnail: !!thumbnail_url }) };
}
