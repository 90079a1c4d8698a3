/** Requests of a visitor about files. */

import type { WidgetView } from "../view";

const TIMEOUT = 15_000; // ms

export const ORIGIN = new URL(import.meta.url).origin;

export const credentials = ({ chat }: WidgetView) => ({ Authorization: `Visitor ${chat.parts.memory.key}` });

/** Rejects when there is no response in time. */
export async function request(
  widget: WidgetView,
  method: string,
  path: string,
  body?: object,
  cancel?: AbortSignal,
): Promise<Response> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, TIMEOUT);
  cancel?.addEventListener("abort", end);
  try {
    return await fetch(`${ORIGIN}/api/v1/public/projects/${widget.host.project}/attachments${path}`, {
      method,
      headers: { ...credentials(widget), ...(body && { "Content-Type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      credentials: "omit",
      signal: ending.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}
