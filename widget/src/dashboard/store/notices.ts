/** Calling an agent's attention: a sound, a number in the tab's title, a desktop notification; each can be off.
 *  All of it is a courtesy: whatever goes wrong here must not stop the news it is about. */

import { chime } from "../../ui/chime";
import { preferences } from "./preferences";

const QUIET = 1_500; // ms between two sounds: a burst is one event to a person

let sounded = Number.NEGATIVE_INFINITY;
let audio: AudioContext | null = null;

/** True when the person is looking at us, so that nothing needs to call. */
export function watched(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

/** Browsers allow sound after the first gesture only; call this from one. */
export function allowSound(): void {
  try {
    audio ??= typeof AudioContext === "undefined" ? null : new AudioContext();
    if (audio?.state === "suspended") void audio.resume().catch(() => undefined);
  } catch {
    audio = null; // no sound device, or too many contexts
  }
}

/** Whether a sound would be heard from this tab. */
export function canSound(): boolean {
  return preferences().sound && audio?.state === "running";
}

/** `now`: monotonic milliseconds. */
export function sound(now: number): void {
  if (!canSound() || audio === null || now - sounded < QUIET) return;
  sounded = now;
  try {
    chime(audio);
  } catch {
    // The device went away.
  }
}

/** Whether the person wants desktop notifications and the browser shows them. */
export function canNotify(): boolean {
  return preferences().desktop && typeof Notification !== "undefined" && Notification.permission === "granted";
}

export function notify(title: string, body: string, tag: string, clicked: () => void): void {
  if (!canNotify()) return;
  try {
    const notification = new Notification(title, { body: body.slice(0, 140), tag, silent: true });
    notification.onclick = () => {
      window.focus();
      notification.close();
      clicked();
    };
  } catch {
    // Chrome for Android has the constructor and throws "Illegal constructor".
  }
}

/** Asks the person; false when the browser or the person says no. */
export async function allowNotifications(): Promise<boolean> {
  if (typeof Notification === "undefined") return false;
  try {
    return (await Notification.requestPermission()) === "granted";
  } catch {
    return false; // not allowed on a page that is not served securely
  }
}

export function titled(name: string, unread: number): string {
  return unread > 0 && preferences().badge ? `(${unread > 99 ? "99+" : unread}) ${name}` : name;
}
