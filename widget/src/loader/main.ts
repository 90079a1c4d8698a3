/** The script that a customer pastes: creates `window.Parley`, watches the page, fetches the settings, and loads the
 *  embed. */

import type { EmbedModule, HostApi, Listener, Parley, ParleyEvent, Settings, WidgetApi } from "../host/api";
import { fetchHistory } from "./history";
import { moduleLoader } from "./modules";
import { watchPage } from "./page";
import { askSettings } from "./settings";
import { storage } from "./storage";
import { takeFirstHelloLock } from "./first_hello_lock";
import { wearTheme } from "../ui/theme";
import { browserPlatform, socketUrl } from "../wire/browser";

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

declare const EMBED_FILES: Record<string, string>; // language → name in dist, inserted by the build

function begin(script: HTMLScriptElement, project: string): Parley {
  const origin = new URL(script.src).origin;
  const listeners: [ParleyEvent, Listener][] = [];
  const waiting: ((there: WidgetApi) => void)[] = [];
  const takers: ((settings: Settings) => void)[] = [];
  const followers: (() => void)[] = [];
  let known: Settings | null = null;
  let widget: WidgetApi | null = null;
  let destroyed = false;
  let start: () => unknown = () => undefined;

  const emit = (event: ParleyEvent, detail?: unknown) => {
    for (const [wanted, listener] of [...listeners]) {
      try {
        if (wanted === event) listener(detail as never);
      } catch (error) {
        console.error(error); // an error in the page's listener must not stop the chat
      }
    }
  };
  const page = watchPage((url) => {
    if (url !== null) emit("urlchange", { url });
    for (const moved of followers) moved();
  });
  const prefix = `parley:${project}:`;
  const path = `${origin}/api/v1/public/projects/${project}`;
  const giveUp = askSettings(
    `${path}/settings`,
    (settings) => {
      known = settings;
      for (const take of takers) take(settings);
    },
    (status) =>
      console.error(
        status === 404
          ? `Parley: there is no project ${project} at ${origin}.`
          : `Parley: ${location.host} is not a domain of project ${project}. A manager can add it at ${origin}/app.`,
      ),
  );
  const call = (act: (there: WidgetApi) => void) => {
    if (widget) act(widget);
    else if (!destroyed) waiting.push(act);
  };
  const load = moduleLoader(`${origin}/widget/`);
  const host: Mutable<HostApi> = {
    project,
    language: navigator.languages?.find(spoken) ?? "en",
    load,
    startOnOpen: script.dataset.start === "on-open",
    choices: script.dataset,
    world: browserPlatform(socketUrl(origin, project)),
    local: storage("localStorage"),
    session: storage("sessionStorage"),
    turn: () => takeFirstHelloLock(`parley:${project}`),
    history: (key, which) => fetchHistory(`${path}/messages`, key, which),
    page: () => page.now(),
    follow: (moved) => followers.push(moved),
    idle(act) {
      // Safari has no requestIdleCallback.
      if (typeof requestIdleCallback === "function") requestIdleCallback(act, { timeout: 2_000 });
      else setTimeout(act, 200);
    },
    settings: (take) => (known ? take(known) : takers.push(take)),
    theme: (element) => wearTheme(element, "system"),
    emit,
    ready(there) {
      if (destroyed) return there.destroy();
      widget?.destroy(); // of another language, which was still loading
      widget = there;
      for (const act of waiting.splice(0)) act(there);
    },
  };
  const speak = () =>
    (load(EMBED_FILES[spoken(host.language) || "en"]!) as Promise<EmbedModule>).then(
      (module) => {
        start = () => destroyed || module.start(host);
        start();
      },
      () => undefined, // already logged
    );
  void speak();

  const stop = () => {
    widget?.destroy();
    widget = null;
    followers.length = takers.length = 0;
  };

  /** Ends the chat, clears the storage of this project, and starts as a new visitor. */
  const forget = () => {
    stop();
    waiting.length = 0;
    for (const store of [host.local, host.session]) for (const name of store.names(prefix)) store.write(name, null);
    emit("unread", { count: 0 });
    start();
  };
  const forgotten = (event: StorageEvent) => event.key === `${prefix}reset` && event.newValue && forget();
  addEventListener("storage", forgotten);

  return {
    open: () => call((there) => there.open()),
    close: () => call((there) => there.close()),
    toggle: () => call((there) => there.toggle()),
    identify: (facts) => call((there) => there.identify(facts)),
    setPage: (where) => page.set(where),
    set(look) {
      host.look = { ...host.look, ...look };
      const language = `${look.language ?? host.language}`;
      if (language === host.language) return widget?.wear();
      // The texts of another language are another embed.
      stop();
      host.language = language;
      void speak();
    },
    reset() {
      host.local.write(`${prefix}reset`, "1"); // for the other tabs
      forget();
    },
    again(other) {
      if (other !== project) console.warn(`Parley: project ${other} is ignored, this page has ${project}.`);
      else widget?.attach();
    },
    on(event, listener) {
      const entry: [ParleyEvent, Listener] = [event, listener];
      listeners.push(entry);
      return () => {
        const at = listeners.indexOf(entry);
        if (at >= 0) listeners.splice(at, 1);
      };
    },
    destroy() {
      destroyed = true;
      giveUp();
      page.stop();
      removeEventListener("storage", forgotten);
      stop();
      listeners.length = 0;
      delete (window as { Parley?: Parley }).Parley;
    },
  };
}

/** The supported language of a language tag, or "". */
function spoken(tag: string): string {
  const language = tag.slice(0, 2).toLowerCase();
  return language in EMBED_FILES ? language : "";
}

const script = (document.currentScript ??
  document.querySelector("script[data-project][src*='widget.js']")) as HTMLScriptElement | null;
const holder = window as { Parley?: Parley };
if (script) {
  const project = script.dataset.project?.toLowerCase() ?? "";
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(project))
    console.error("Parley: data-project must be the id of a project.");
  // A script tag that runs twice starts one widget; a page that runs its scripts again gets a removed widget back.
  else if (holder.Parley) holder.Parley.again(project);
  else holder.Parley = begin(script, project);
}
