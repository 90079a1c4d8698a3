/** What a customer pastes: it makes `Parley`, watches the page, asks for the settings, and loads the widget. */

import type { Boot, Listener, Parley, ParleyEvent, Settings, WidgetApi } from "./embed/api";
import { cleanFacts } from "./loader/facts";
import { fetchHistory } from "./loader/history";
import { watchPage } from "./loader/page";
import { askSettings } from "./loader/settings";
import { storage } from "./loader/storage";
import { takeTurn } from "./loader/turn";
import { localeTag } from "./ui/locale";
import { wearTheme } from "./ui/theme";
import { browserSurroundings, socketUrl } from "./wire/browser";

declare const EMBED_FILES: Record<string, string>; // language → hashed name, put in by the build

const RETRY = 2_000; // ms, doubled each time
const RETRIES = 6;

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
  const boot: Boot = {
    project,
    language,
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
  const load = (attempt: number) => {
    const app = document.createElement("script");
    app.src = `${origin}/widget/${EMBED_FILES[spoken(language)] ?? EMBED_FILES.en}`;
    if (script.nonce) app.nonce = script.nonce;
    app.onload = () => app.remove();
    app.onerror = () => {
      app.remove();
      if (attempt < RETRIES && !destroyed) setTimeout(() => load(attempt + 1), RETRY * 2 ** attempt);
    };
    document.head.append(app);
  };
  load(0);

  return {
    boot,
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
