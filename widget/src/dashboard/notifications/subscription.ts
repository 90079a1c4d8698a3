/** This browser's subscription to push messages: made here, kept by the server for this sign-in. */

import type { NewPushSubscription, PushSubscription as Listed, PushSubscriptions } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { prefer, preferences } from "../store/preferences";

const PATH = "/me/push-subscriptions";
export const WORKER = "/app/worker.js";
export const SCOPE = "/app";

/** `insecure`: the page has no HTTPS. `blocked`: the user has refused notifications. */
export type PushState = "unsupported" | "insecure" | "blocked" | "off" | "on";

export function listed(api: Api): Promise<PushSubscriptions> {
  return api.call("GET", PATH);
}

/** What this browser can do, and whether the server knows it. */
export async function pushState(items: readonly Listed[]): Promise<PushState> {
  if (!globalThis.isSecureContext) return "insecure";
  if (!supported()) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  const own = await present();
  return own !== null && items.some(({ current }) => current) ? "on" : "off";
}

/** Asks for permission and subscribes; the state afterwards. Raises what REST refuses. */
export async function turnOn(api: Api, user: string): Promise<PushState> {
  if (!supported()) return "unsupported";
  if ((await Notification.requestPermission()) !== "granted") {
    return Notification.permission === "denied" ? "blocked" : "off";
  }
  const made = await subscribe(await registered(), (await listed(api)).public_key);
  await send(api, made);
  prefer({ push: user });
  return "on";
}

export async function turnOff(api: Api): Promise<void> {
  prefer({ push: "" });
  const { items } = await listed(api);
  await forget();
  for (const one of items) if (one.current) await api.call("DELETE", `${PATH}/${one.id}`);
}

/** After a sign-in or a load: the server gets the subscription again if it has lost it, or its key was replaced. One
 *  that somebody else has left here ends. */
export async function renew(api: Api, user: string): Promise<void> {
  if (!supported()) return;
  const own = await present();
  if (preferences().push !== user) {
    if (own !== null) await own.unsubscribe();
    return;
  }
  if (Notification.permission !== "granted") return;
  const { public_key, items } = await listed(api);
  const current = items.find((one) => one.current);
  if (own !== null && current !== undefined && !current.renew && keyOf(own) === public_key) return;
  await send(api, await subscribe(await registered(), public_key));
}

/** Without the server: signing out ends the session there, and the subscription with it. */
export async function forget(): Promise<void> {
  try {
    await (await present())?.unsubscribe();
  } catch {
    // The push service is unreachable; the server sends nothing there any more.
  }
}

export function register(): Promise<ServiceWorkerRegistration> {
  return navigator.serviceWorker.register(WORKER, { scope: SCOPE, updateViaCache: "none" });
}

export function supported(): boolean {
  return (
    typeof navigator !== "undefined" &&
    "serviceWorker" in navigator &&
    "PushManager" in globalThis &&
    typeof Notification !== "undefined"
  );
}

async function registered(): Promise<ServiceWorkerRegistration> {
  await register();
  return navigator.serviceWorker.ready; // only an active one can subscribe
}

async function present(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function subscribe(registration: ServiceWorkerRegistration, public_key: string): Promise<PushSubscription> {
  const before = await registration.pushManager.getSubscription();
  if (before !== null) {
    if (keyOf(before) === public_key) return before;
    await before.unsubscribe(); // a browser refuses to subscribe with another key beside it
  }
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(public_key) });
}

async function send(api: Api, made: PushSubscription): Promise<void> {
  const { endpoint = "", keys = {} } = made.toJSON();
  const body: NewPushSubscription = {
    endpoint,
    keys: { p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" },
    public_key: keyOf(made),
  };
  try {
    await api.call("POST", PATH, body);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "conflict") throw error;
    await made.unsubscribe(); // the key was replaced in this moment: the next load subscribes with the new one
  }
}

function keyOf(subscription: PushSubscription): string {
  const key = subscription.options.applicationServerKey;
  if (key === null) return "";
  const text = String.fromCharCode(...new Uint8Array(key));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}
