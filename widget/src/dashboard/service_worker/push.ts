/** Push messages: what the server sends (core/notifications/payloads.py) becomes a notification, whose click opens the
 *  conversation: in an open tab of the dashboard, else in a new one. */

import { type Opening, ID, OPEN } from "../notifications/opening";
import type { Shown, WorkerScope } from "./worker_types";

const SEEN_CACHE = "parley-pushed";
const SEEN_KEY = "/app/pushed";
const MAX_SEEN = 50; // ids that are remembered

interface Payload extends Opening {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly at: number;
}

/** Null for anything that is not of our server: it is shown as nothing but the program's name. */
export function payloadOf(value: unknown): Payload | null {
  if (typeof value !== "object" || value === null) return null;
  const given = value as Partial<Record<keyof Payload, unknown>>;
  const { id, project, conversation, title, body, tag, at } = given;
  if (![id, project, conversation, tag].every((one) => typeof one === "string" && ID.test(one))) return null;
  if (typeof title !== "string" || typeof body !== "string" || typeof at !== "number") return null;
  return given as Payload;
}

export async function show(scope: WorkerScope, value: unknown): Promise<void> {
  const pushed = payloadOf(value);
  const look = { icon: "/widget/icon-192.png", badge: "/widget/badge-96.png" };
  // Browsers show a sentence of their own for a push that shows nothing.
  if (pushed === null) return scope.registration.showNotification("Parley", { ...look, tag: "parley" });
  const shown = await scope.registration.getNotifications({ tag: pushed.tag });
  const again = !(await firstTime(scope, pushed.id));
  if (again && shown.length === 0) return; // sent twice, and dismissed in between
  await scope.registration.showNotification(pushed.title, {
    ...look,
    body: pushed.body,
    tag: pushed.tag,
    timestamp: pushed.at,
    renotify: !again,
    silent: again,
    data: { id: pushed.id, project: pushed.project, conversation: pushed.conversation },
  });
}

export async function open(scope: WorkerScope, clicked: Shown): Promise<void> {
  clicked.close();
  const to = clicked.data as Partial<Opening> | null;
  const valid = to !== null && ID.test(String(to.project)) && ID.test(String(to.conversation));
  const path = valid ? `/app/p/${to.project}/c/${to.conversation}` : "/app";
  const tabs = (await scope.clients.matchAll({ type: "window", includeUncontrolled: true })).filter(({ url }) =>
    /^\/app(?:\/|$)/.test(new URL(url).pathname),
  );
  const tab = tabs.find(({ focused }) => focused) ?? tabs.find((one) => one.visibilityState === "visible") ?? tabs[0];
  if (tab === undefined) {
    await scope.clients.openWindow(path);
    return;
  }
  await tab.focus().catch(() => tab); // some browsers refuse; the conversation is opened all the same
  if (valid) tab.postMessage({ type: OPEN, project: to.project, conversation: to.conversation });
}

/** Whether this id was not shown before; remembers it. The server repeats a message after a crash. */
async function firstTime(scope: WorkerScope, id: string): Promise<boolean> {
  try {
    const cache = await scope.caches.open(SEEN_CACHE);
    const kept = await cache.match(SEEN_KEY);
    const ids = kept === undefined ? [] : ((await kept.json()) as string[]);
    if (ids.includes(id)) return false;
    await cache.put(SEEN_KEY, new Response(JSON.stringify([...ids, id].slice(-MAX_SEEN))));
  } catch {
    // No storage: then a repeated message is shown again.
  }
  return true;
}
