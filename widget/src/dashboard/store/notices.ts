/** Notifications for an agent: a sound, a count in the tab's title, a desktop notification; each can be switched off.
 *  They are best effort: a failure here must not stop the message that they announce. */

import { chime } from "../../ui/chime";
import type { Id } from "../state/model";
import { preferences } from "./preferences";

const SCOPE = "/app"; // of the service worker

const MIN_INTERVAL = 1_500; // ms between two sounds: a burst rings once

let sounded = Number.NEGATIVE_INFINITY;
let audio: AudioContext | null = null;

/** Whether the tab is visible and focused, so that no notification is needed. */
export function watched(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** Browsers allow sound only after a user gesture; call this from one. */
export function allowSound(): void {
  try {
    audio ??= typeof AudioContext === "undefined" ? null : new AudioContext();
    if (audio?.state === "suspended") void audio.resume().catch(() => undefined);
  } catch {
    audio = null; // no sound device, or too many contexts
  }
}

/** Whether this tab can play a sound. */
export function canSound(): boolean {
  return preferences().sound && audio?.state === "running";
}

/** `now`: monotonic milliseconds. */
export function sound(now: number): void {
  if (!canSound() || audio === null || now - sounded < MIN_INTERVAL) return;
  sounded = now;
  try {
    chime(audio);
  } catch {
    // The audio device is gone.
  }
}

/** Whether desktop notifications are switched on and permitted by the browser. */
export function canNotify(): boolean {
  return preferences().desktop && typeof Notification !== "undefined" && Notification.permission === "granted";
}

/** Where there is a service worker it shows the notification: then a push message of the same conversation replaces it,
 *  and it is there for phones, whose browsers allow pages none. */
export function notify(title: string, body: string, project: Id, conversation: Id, clicked: () => void): void {
  if (!canNotify()) return;
  const options = { body: body.slice(0, 140), tag: conversation, silent: true, data: { project, conversation } };
  void showing(title, options).then((shown) => {
    if (!shown) show(title, options, clicked);
  });
}

async function showing(title: string, options: NotificationOptions): Promise<boolean> {
  try {
    const registration = await navigator.serviceWorker?.getRegistration(SCOPE);
    if (registration?.active == null) return false;
    await registration.showNotification(title, options);
    return true;
  } catch {
    return false;
  }
}

function show(title: string, options: NotificationOptions, clicked: () => void): void {
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      notification.close();
      clicked();
    };
  } catch {
    // Chrome for Android has the constructor and throws "Illegal constructor".
  }
}

/** Asks for permission; false when the browser or the user refuses. */
export async function allowNotifications(): Promise<boolean> {
  if (typeof Notification === "undefined") return false;
  try {
    return (await Notification.requestPermission()) === "granted";
  } catch {
    return false; // not allowed on a page without HTTPS
  }
}

export function titled(name: string, unread: number): string {
  return unread > 0 && preferences().badge ? `(${unread > 99 ? "99+" : unread}) ${name}` : name;
}
