/** The requests of a visitor who uploads files. */

import { failureOf, type Requests } from "../../attachments/carrier";
import type { AttachmentTicket } from "../../rest/types";
import { put } from "../../attachments/put";
import { credentials, ORIGIN, request } from "../files/request";
import type { WidgetView } from "../view";

export const requestsOf = (widget: WidgetView): Requests => ({
  async ticket({ name, size }, signal) {
    // Without a key the visitor is not known yet: the connection brings one.
    const { key } = widget.chat.parts.memory;
    const response = key ? await request(widget, "POST", "", { name, bytes: size }, signal).catch(() => null) : null;
    const body = (await response?.json().catch(() => null)) as (AttachmentTicket & { code?: string }) | null;
    if (response?.ok && body) return body;
    throw failureOf(response?.status ?? 0, body?.code ?? "", Number(response?.headers.get("Retry-After")) || 0);
  },
  put(url, file, progress, signal) {
    const headers = { ...credentials(widget), "Content-Type": "application/octet-stream" };
    return put(ORIGIN + url, file, headers, progress, signal);
  },
  remove(id) {
    request(widget, "DELETE", `/${id}`).catch(() => {});
  },
});
