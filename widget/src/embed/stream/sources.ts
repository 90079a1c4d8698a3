/** Below an answer of the assistant: the articles that it cites, as links, or as buttons that open them in the window. */

import type { Message } from "../../chat/model";
import { type Source, sourcesOf } from "../../ui/sources";
import { LINK_REL } from "../../ui/links";
import { made, write } from "../elements";
import type { WidgetView } from "../view";
import type { StreamTexts } from "./texts";

// A name in dist, inserted by the build.
declare const HOME_FILE: string;

/** Into the bubbles of `lines`, which the window draws in the order of its messages. Call it again when anything may
 *  have changed: the runtime of the window leaves foreign nodes at the end of an element where they are. */
export function drawSources(widget: WidgetView, lines: Element, texts: StreamTexts): void {
  const rows = lines.querySelectorAll(":scope > .row:not(.running):not(.typing)");
  const shown = widget.chat.state.messages.filter(
    ({ kind, author }) => kind !== "system" && author.party !== "system", // as rowsOf has it
  );
  shown.forEach((message, at) => {
    const bubble = rows[at]?.querySelector(".bubble");
    const old = bubble?.querySelector(":scope > .sources");
    const sources = message.redacted_at ? [] : sourcesOf(message.content);
    const mark = markOf(message, sources);
    if (!bubble || (old?.getAttribute("data-of") ?? "") === mark) return;
    old?.remove();
    if (sources.length) bubble.append(list(widget, sources, texts, mark));
  });
}

const markOf = ({ seq }: Message, sources: readonly Source[]): string =>
  sources.length ? [seq, ...sources.map(({ article, title }) => article + title)].join() : "";

function list(widget: WidgetView, sources: readonly Source[], texts: StreamTexts, mark: string): Element {
  const box = made("div", { class: "sources", "data-of": mark });
  const label = made("span", {});
  write(label, texts.sources);
  box.append(label, ...sources.map((one) => entry(widget, one)));
  return box;
}

function entry(widget: WidgetView, source: Source): Element {
  const { title, href } = source;
  const inWindow = !href && !!widget.settings?.articles;
  const found = href
    ? made("a", { href, target: "_blank", rel: LINK_REL, dir: "auto" })
    : made(inWindow ? "button" : "span", { ...(inWindow && { type: "button" }), dir: "auto" });
  write(found, title);
  if (inWindow) (found as HTMLElement).onclick = () => void open(widget, source);
  return found;
}

async function open({ host }: WidgetView, { article, title }: Source): Promise<void> {
  const home = (await host.load(HOME_FILE).catch(() => null)) as typeof import("../parts/home") | null;
  home?.read({ id: article, title });
}
