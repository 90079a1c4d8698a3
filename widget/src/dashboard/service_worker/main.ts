/** The dashboard's service worker: the offline shell, and notifications while no tab is open. A new release replaces it
 *  at once: it holds nothing that an open tab of the release before needs. */

import { open, show } from "./push";
import { type Build, Shell } from "./shell";
import type { WorkerScope } from "./worker_types";

declare const SHELL_BUILD: Build; // written by build.mjs

const scope = globalThis as unknown as WorkerScope;
const shell = new Shell(scope, SHELL_BUILD);

scope.addEventListener("install", (event) => {
  event.waitUntil(shell.install().then(() => scope.skipWaiting()));
});
scope.addEventListener("activate", (event) => {
  event.waitUntil(shell.removeOld().then(() => scope.clients.claim()));
});
scope.addEventListener("fetch", (event) => {
  const answer = shell.answer(event.request);
  if (answer !== null) event.respondWith(answer);
});
scope.addEventListener("push", (event) => {
  event.waitUntil(show(scope, read(event.data)));
});
scope.addEventListener("notificationclick", (event) => {
  event.waitUntil(open(scope, event.notification));
});

function read(data: { json(): unknown } | null): unknown {
  try {
    return data?.json() ?? null;
  } catch {
    return null;
  }
}
