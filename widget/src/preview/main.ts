/** The preview of the widget in the dashboard: the embed of customers' pages with another host, whose connection and
 *  storage are in memory. It shows what its parent page says. */

import type { Store } from "../chat/storage";
import type { EmbedModule, HostApi, Settings, WidgetApi } from "../host/api";
import { moduleLoader } from "../loader/modules";
import { wearTheme } from "../ui/theme";
import { READY, type Shown } from "./messages";
import { NOTHING, sample } from "./sample";
import { cannedPlatform } from "./transport";

declare const EMBED_FILES: Record<string, string>; // language → name in dist, inserted by the build

// As every project has them; what is chosen here goes nowhere.
const ATTACHMENTS = { max_bytes: 10 * 1024 * 1024, max_files: 5, accept: ["image/png"] } as const;

type Running = WidgetApi & { settings: Settings | null };

const PROJECT = "01936b2e-8c00-7a00-8000-000000000000";
const load = moduleLoader(`${location.origin}/widget/`);
let shown: Shown | null = null;
let widget: Running | null = null;
let starts = 0;

function show(next: Shown): void {
  const before = shown;
  shown = next;
  const same = before?.language === next.language && talks(before) === talks(next) && before.name === next.name;
  if (!same) return void start();
  if (!widget) return;
  widget.settings = settings();
  widget.wear();
  open();
}

/** An empty chat and one with a conversation are two visitors. */
const talks = ({ view }: Shown) => view !== "empty";

function settings(): Settings {
  const { appearance, name } = shown as Shown;
  // It opens when the dashboard says so.
  return {
    name,
    agents_online: 1,
    attachments: ATTACHMENTS,
    appearance: appearance && { ...appearance, auto_open: 0, greeting_after: 0 },
  };
}

function open(): void {
  if (shown?.view === "closed") widget?.close();
  else widget?.open();
}

async function start(): Promise<void> {
  const mine = ++starts;
  const { language, view } = shown as Shown;
  const embed = (await load(EMBED_FILES[language] ?? EMBED_FILES["en"]!)) as EmbedModule;
  if (mine !== starts) return;
  widget?.destroy();
  widget = null;
  const history = view === "empty" ? NOTHING : sample(language, Date.now());
  const host: HostApi = {
    project: PROJECT,
    language,
    load,
    choices: { sound: "off" } as unknown as DOMStringMap,
    world: cannedPlatform(history.items.length, view !== "empty"),
    local: memory(),
    session: memory(),
    turn: async () => () => undefined,
    history: async () => history,
    page: () => ({ url: "", title: "", referrer: "" }),
    follow: () => undefined,
    idle: (act) => void setTimeout(act),
    theme: (element) => wearTheme(element, "system"),
    settings: (take) => take(settings()),
    emit: () => undefined,
    ready(there) {
      widget = there as Running;
      open();
    },
  };
  embed.start(host);
}

function memory(): Store {
  const kept = new Map<string, string>();
  return {
    read: (name) => kept.get(name) ?? null,
    write: (name, value) => void (value === null ? kept.delete(name) : kept.set(name, value)),
    names: (prefix) => [...kept.keys()].filter((name) => name.startsWith(prefix)),
  };
}

// The embed focuses its composer: that must not take the focus from the form beside the frame.
const { focus } = HTMLElement.prototype;
HTMLElement.prototype.focus = function (...options) {
  if (document.hasFocus()) focus.apply(this, options);
};

addEventListener("message", ({ source, origin, data }: MessageEvent<Shown>) => {
  if (source === parent && origin === location.origin && typeof data === "object") show(data);
});
parent.postMessage(READY, location.origin);
