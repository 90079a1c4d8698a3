/** What a customer pastes: it makes `Parley`, watches the page, asks for the settings, and loads the widget. */

import type { EmbedModule, HostApi, Listener, Parley, ParleyEvent, Settings, WidgetApi } from "../host/api";
import { cleanFacts } from "./facts";
import { fetchHistory } from "./history";
import { moduleLoader } from "./modules";
import { watchPage } from "./page";
import { askSettings } from "./settings";
import { storage } from "./storage";
import { takeTurn } from "./turn";
import { localeTag } from "../ui/locale";
import { wearTheme } from "../ui/theme";
import { browserSurroundings, socketUrl } from "../wire/browser";

declare const EMBED_FILES: Record<string, string>; // language → name in dist, put in by the build

function begin(script: HTMLScriptElement, project: string): Parley {
  const origin = new URL(script.src).origin;
  const language = localeTag(navigator.languages?.find(spoken) ?? "en");
  const listeners: [ParleyEvent, Listener][] = [];
  const waiting: ((there: WidgetApi) => void)[] = [];
  const takers: ((settings: Settings) => void)[] = [];
  const followers: (() => void)[] = [];
  let known: Settings | null = null;
  let widget: WidgetApi | null = null;
  let destroyed = false;

  const emit = (event: ParleyEvent, detail?: unknown) => {
    for (const [wanted, listener] of [...listeners]) {
      try {
        if (wanted === event) listener(detail as never);
      } catch (error) {
        console.error(error); // the page's own fault must not stop the chat
      }
    }
  };
  const page = watchPage((url) => {
    if (url !== null) emit("urlchange", { url });
    for (const moved of followers) moved();
  });
  const path = `${origin}/api/v1/public/projects/${project}`;
  const giveUp = askSettings(
    `${path}/settings`,
    (settings) => {
      known = settings;
      for (const take of takers) take(settings);
    },
    (status) => console.error(`Parley: this page may not use project ${project} (HTTP ${status}).`),
  );
  const call = (act: (there: WidgetApi) => void) => {
    if (widget) act(widget);
    else if (!destroyed) waiting.push(act);
  };
  const load = moduleLoader(`${origin}/widget/`);
  const host: HostApi = {
    project,
    language,
    load,
    world: browserSurroundings(socketUrl(origin, project)),
    local: storage("localStorage"),
    session: storage("sessionStorage"),
    turn: () => takeTurn(`parley:${project}`),
    history: (key, which) => fetchHistory(`${path}/messages`, key, which),
    page: () => page.now(),
    follow: (moved) => followers.push(moved),
    settings: (take) => (known ? take(known) : takers.push(take)),
    theme: (element) => wearTheme(element, "system"),
    emit,
    ready(there) {
      if (destroyed) return there.destroy();
      widget = there;
      for (const act of waiting.splice(0)) act(there);
    },
  };
  (load(EMBED_FILES[spoken(language) || "en"]!) as Promise<EmbedModule>).then(
    (embed) => destroyed || embed.start(host),
    (error) => console.error("Parley: the chat could not be loaded.", error),
  );

  return {
    open: () => call((there) => there.open()),
    close: () => call((there) => there.close()),
    toggle: () => call((there) => there.toggle()),
    identify: (facts) => call((there) => there.identify(cleanFacts(facts))),
    setPage: (where) => page.set(where),
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
      widget?.destroy();
      listeners.length = followers.length = takers.length = waiting.length = 0;
      delete (window as { Parley?: Parley }).Parley;
    },
  };
}

/** The language of a tag that we have texts for, or "". */
function spoken(tag: string): string {
  const language = tag.slice(0, 2).toLowerCase();
  return language in EMBED_FILES ? language : "";
}

const script = (document.currentScript ??
  document.querySelector("script[data-project][src*='widget.js']")) as HTMLScriptElement | null;
const holder = window as { Parley?: Parley };
// Pasted twice is once.
if (script && !holder.Parley) {
  const project = script.dataset.project ?? "";
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(project)) holder.Parley = begin(script, project.toLowerCase());
  else console.error("Parley: the script tag needs data-project with the id of a project.");
}
