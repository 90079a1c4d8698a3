/** How the project and the page want the widget to look. The widget knows nothing of it: the look adds a style sheet,
 *  replaces texts and the icon, and adds its own elements whenever the widget has drawn. */

import type { PageLook, Settings } from "../../host/api";
import type { ThemeTokens, WidgetAppearance } from "../../rest/types";
import { isPhone } from "../../ui/screen";
import { type ThemeChoice, wearTheme } from "../../ui/theme";
import { made, write } from "../elements";
import type { WindowTexts } from "../texts/en";
import { checked } from "./choices";
import { Greeting } from "./greeting";
import { ICONS } from "./icons";
import styles from "./look.css";
import { FONTS, sheetOf } from "./sheet";
import { answerText, type LookTexts, lookTexts } from "./texts";
import type { LookView } from "./view";

type Replaced = Partial<Record<keyof WindowTexts, string>>;

const NONE: WidgetAppearance = {
  scheme: "system",
  tokens: null,
  position: "right",
  offset_x: 20,
  offset_y: 20,
  icon: "bubble",
  font: "system",
  logo: null,
  sound: true,
  auto_open: 0,
  greeting_after: 3,
  answer_seconds: null,
  texts: {},
};
const STEAL = 3_000; // ms in which a chat that opened by itself takes the focus

const adopted = new Map<string, Promise<ThemeTokens>>(); // themes that a page has chosen, by name

export class Look {
  readonly #texts: LookTexts;
  readonly #greeting: Greeting;
  readonly #drawn: MutationObserver;
  readonly #openChat: string;
  readonly #origin: string;
  #sheet = "";
  #write: (sheet: string) => void;
  #replaced: Replaced = {};
  #unwear: (() => void) | null = null;
  #opens: (() => void) | null = null;
  #label = "";
  #logo: string | null = null;
  #answers = "";
  #turn = 0;

  constructor(
    readonly widget: LookView,
    origin = new URL(import.meta.url).origin,
  ) {
    this.#origin = origin;
    this.#texts = lookTexts(widget.language);
    this.#greeting = new Greeting(widget, this.#texts);
    this.#openChat = widget.launcherTexts.openChat;
    const { element } = widget;
    element.adopt(styles);
    this.#write = ownSheet(element.root);
    // The window sets its texts when it is loaded: ours stay in front of them.
    let builtIn = widget.texts;
    Object.defineProperty(widget, "texts", {
      configurable: true,
      get: () => ({ ...builtIn, ...this.#replaced }),
      set: (texts: WindowTexts) => (builtIn = texts),
    });
    this.#drawn = new MutationObserver(() => this.#draw());
    this.#drawn.observe(element.frame, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ["class", "hidden"],
    });
  }

  /** Wears what the settings and the page say now; resolves when it is seen. */
  async wear(settings: Settings | null): Promise<void> {
    const { widget } = this;
    const turn = ++this.#turn;
    const project = settings?.appearance ?? NONE;
    const page = checked(widget.host.look);
    const theme = await this.#theme(page.theme, project);
    if (turn !== this.#turn || widget.destroyed) return;
    this.#unwear?.();
    // Registered after the widget's own, so it has the last word when the visitor's scheme changes.
    this.#unwear = theme.scheme === "system" ? null : wearTheme(widget.element.frame, theme.scheme as ThemeChoice);
    const font = project.font === "page" ? getComputedStyle(document.body).fontFamily : (FONTS[project.font] ?? "");
    const sheet = sheetOf({
      position: page.position ?? project.position,
      x: page.offsetX ?? project.offset_x,
      y: page.offsetY ?? project.offset_y,
      font: font.replace(/[{};]/g, ""),
      hidden: page.hidden ?? false,
      tokens: theme.tokens,
    });
    if (sheet !== this.#sheet) this.#write(sheet);
    this.#sheet = sheet;
    this.#say(project, page, settings);
    widget.chat.dispatch((state) => ({ ...state })); // draws what the widget has drawn once more
  }

  stop(): void {
    this.#drawn.disconnect();
    this.#unwear?.();
    this.#opens?.();
    this.#greeting.stop();
    this.widget.launcherTexts.openChat = this.#openChat;
    this.widget.paths.bubble = ICONS["bubble"]!;
  }

  #say(project: WidgetAppearance, page: PageLook, settings: Settings | null): void {
    const { widget } = this;
    const texts = project.texts[widget.language.slice(0, 2)] ?? {};
    this.#replaced = {};
    const replace = (name: keyof WindowTexts, by: string | undefined) => {
      if (by) this.#replaced[name] = by;
    };
    replace("emptyTitle", texts.title);
    replace("emptyOnline", texts.empty_online);
    replace("emptyAway", texts.empty_away);
    replace("online", texts.online);
    replace("away", texts.away);
    replace("placeholder", texts.placeholder);
    this.#label = (page.label ?? texts.label) || "";
    widget.launcherTexts.openChat = this.#label || this.#openChat;
    widget.paths.bubble = ICONS[page.icon ?? project.icon] ?? ICONS["bubble"]!;
    this.#logo = project.logo && this.#origin + project.logo;
    this.#answers = project.answer_seconds === null ? "" : answerText(project.answer_seconds, this.#texts);
    const asks = !!settings?.ask_consent || widget.host.choices?.["consent"] !== undefined;
    this.#greeting.set((page.greeting ?? texts.greeting) || "", page.greeting ? 0 : project.greeting_after, asks);
    this.#openLater(asks ? 0 : (page.autoOpen ?? project.auto_open));
    this.#draw();
  }

  /** The colours of a theme that the page has chosen come from the server; if they do not come, the project's stay. */
  async #theme(
    name: string | null | undefined,
    project: WidgetAppearance,
  ): Promise<Pick<WidgetAppearance, "scheme" | "tokens">> {
    if (!name) return project;
    if (name === "system" || name === "light" || name === "dark") return { scheme: name, tokens: null };
    const loading = adopted.get(name) ?? this.#ask(name);
    adopted.set(name, loading);
    return loading.catch((error: unknown) => {
      adopted.delete(name);
      console.warn(`Parley.set: the theme ${name} could not be loaded.`, error);
      return project;
    });
  }

  async #ask(name: string): Promise<ThemeTokens> {
    const url = `${this.#origin}/api/v1/public/projects/${this.widget.host.project}/themes/${name}`;
    const answer = await fetch(url, { credentials: "omit" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return (await answer.json()) as ThemeTokens;
  }

  /** Once a session, never on phones, and not while the visitor is busy with the page or wants less motion. */
  #openLater(seconds: number): void {
    this.#opens?.();
    this.#opens = null;
    const { host, element } = this.widget;
    const name = `parley:${host.project}:opened`;
    if (!seconds || isPhone() || host.session.read(name)) return;
    this.#opens = host.world.after(seconds * 1_000, () => {
      const busy = document.hidden || ![null, document.body].includes(document.activeElement as HTMLElement | null);
      if (busy || this.widget.isOpen || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
      host.session.write(name, "1");
      // The visitor did not ask for it: the page keeps the focus.
      const giveBack = (event: Event) => (event.target as HTMLElement).blur();
      element.root.addEventListener("focusin", giveBack, { once: true });
      host.world.after(STEAL, () => element.root.removeEventListener("focusin", giveBack));
      this.widget.open();
    });
  }

  /** Adds our elements to what the widget has drawn. Its runtime leaves foreign nodes at the end where they are. */
  #draw(): void {
    const { frame } = this.widget.element;
    const launcher = frame.querySelector(".launcher");
    if (launcher) {
      if (launcher.classList.contains("labelled") !== !!this.#label) launcher.classList.toggle("labelled");
      this.#put(launcher, "label", "span", this.#label);
    }
    const face = frame.querySelector(".head .face");
    if (face) this.#picture(face);
    for (const place of frame.querySelectorAll(".empty,.foot")) this.#put(place, "answers", "p", this.#answers);
    this.#greeting.draw();
  }

  #put(place: Element, name: string, tag: string, text: string): void {
    const found = place.querySelector(`.${name}`);
    if (!text) return found?.remove();
    const element = found ?? made(tag, { class: name, dir: "auto" });
    write(element, text);
    if (!found) place.append(element);
  }

  #picture(face: Element): void {
    const found = face.querySelector<HTMLImageElement>(".logo");
    if (found?.src === (this.#logo ?? undefined)) return;
    found?.remove();
    if (!this.#logo) return;
    const picture = made("img", { class: "logo", alt: "", src: this.#logo }) as HTMLImageElement;
    // A page's policy may forbid it: then the initials are seen.
    picture.onerror = () => {
      this.#logo = null;
      picture.remove();
    };
    face.append(picture);
  }
}

/** A style sheet whose text can be replaced. */
function ownSheet(root: ShadowRoot): (sheet: string) => void {
  try {
    const sheet = new CSSStyleSheet();
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    return (text) => sheet.replaceSync(text);
  } catch {
    const element = document.createElement("style");
    root.append(element);
    return (text) => (element.textContent = text);
  }
}
