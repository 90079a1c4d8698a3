/** The browser's implementation of Platform: the only file of wire that touches the browser. */

import { SUBPROTOCOL } from "./frames";
import type { PageEvent, WebSocketEvents, Platform } from "./platform";

/** `url` is the full address of the WebSocket, with the project. */
export function browserPlatform(url: string): Platform {
  return {
    dial: (events) => dial(url, events),
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    after: (wait, act) => {
      const timer = setTimeout(act, wait);
      return () => clearTimeout(timer);
    },
    hidden: () => document.hidden,
    follow,
  };
}

/** `https://host` → `wss://host/ws?project=…`. */
export function socketUrl(origin: string, project: string): string {
  return `${origin.replace(/^http/, "ws")}/ws?project=${encodeURIComponent(project)}`;
}

function dial(url: string, events: WebSocketEvents) {
  const socket = new WebSocket(url, SUBPROTOCOL);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.opened();
  socket.onmessage = (event) => {
    if (event.data instanceof ArrayBuffer) events.received(new Uint8Array(event.data));
  };
  socket.onclose = (event) => events.closed(event.code);
  return {
    send: (bytes: Uint8Array) => socket.send(bytes as Uint8Array<ArrayBuffer>),
    close: (code: number) => socket.close(code),
  };
}

function follow(listener: (event: PageEvent) => void): () => void {
  const visibility = () => listener(document.hidden ? "hidden" : "shown");
  const byName = (event: Event) => listener(event.type as PageEvent);
  const names = ["online", "offline", "pageshow", "pagehide"];
  document.addEventListener("visibilitychange", visibility);
  for (const name of names) addEventListener(name, byName);
  return () => {
    document.removeEventListener("visibilitychange", visibility);
    for (const name of names) removeEventListener(name, byName);
  };
}
