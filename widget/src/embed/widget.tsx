/** The widget as the page holds it: the chat and the window's state; the view draws it. */

import { render } from "preact";
import { Chat } from "../chat/chat";
import { cut } from "../chat/cut";
import { Memory } from "../chat/memory";
import { unread } from "../chat/model";
import { Queue } from "../chat/queue";
import type { Meta } from "../wire/frames";
import { newId } from "../wire/ids";
import { HOST_ID } from "./api";
import type { Boot, Settings, WidgetApi } from "./api";
import styles from "./styles.css";
import type { Texts } from "./texts/en";
import { App } from "./view/app";

const VERSION = "0.1.0";

export class Widget implements WidgetApi {
  isOpen = false;
  settings: Settings | null = null;
  readonly chat: Chat;
  readonly #host = document.createElement("div");
  readonly #root = this.#host.attachShadow({ mode: "open" });
  readonly #frame = document.createElement("div");
  readonly #undo: (() => void)[] = [];
  #drawing = false;
  #unreadTold = 0;
  #destroyed = false;

  constructor(
    readonly boot: Boot,
    readonly texts: Texts,
  ) {
    const { project, world, local, session } = boot;
    const prefix = `parley:${project}:`;
    const tab = session.read(`${prefix}tab`) ?? newId(world.now());
    session.write(`${prefix}tab`, tab);
    this.chat = new Chat(
      {
        project,
        tab,
        world,
        memory: new Memory(local, session, project),
        queue: new Queue(local, `${prefix}unsent:`, tab, world),
        turn: boot.turn,
        history: boot.history,
        page: boot.page,
        language: cut(boot.language, 35),
        version: VERSION,
      },
      {
        changed: () => this.#changed(),
        arrived: ({ author, body, at }) => boot.emit("message", { author: author.name, body, at }),
      },
    );
    this.#mount();
    const stored = (event: StorageEvent) => this.chat.changedElsewhere(event.key, event.newValue);
    addEventListener("storage", stored);
    this.#undo.push(() => removeEventListener("storage", stored), boot.theme(this.#host));
    boot.follow(() => this.chat.moved());
    boot.settings((settings) => {
      this.settings = settings;
      whenIdle(() => this.#destroyed || this.chat.start());
      this.#draw();
    });
    // A full screen that covers each new page would be in the way.
    this.isOpen = session.read(this.#openName) !== null && !isPhone();
  }

  /** How many agents are there, as far as known. */
  get agents(): number {
    const { connection, state } = this.chat;
    return connection === "open" ? state.agentsOnline : (this.settings?.agents_online ?? 0);
  }

  open(): void {
    this.#show(true);
  }

  close(): void {
    this.#show(false);
  }

  toggle(): void {
    this.#show(!this.isOpen);
  }

  identify(facts: Meta): void {
    this.chat.facts = facts;
  }

  destroy(): void {
    this.#destroyed = true;
    this.chat.stop();
    for (const back of this.#undo) back();
    render(null, this.#frame);
    this.#host.remove();
  }

  get #openName(): string {
    return `parley:${this.boot.project}:open`;
  }

  #show(open: boolean): void {
    if (open === this.isOpen) return;
    this.isOpen = open;
    this.boot.session.write(this.#openName, open ? "1" : null);
    if (open) this.chat.start();
    else this.chat.stopTyping();
    this.boot.emit(open ? "open" : "close");
    const inside = this.#root.activeElement !== null;
    this.#draw(() => {
      if (!open && inside) this.#root.querySelector<HTMLElement>(".launcher")?.focus();
    });
  }

  #changed(): void {
    const count = unread(this.chat.state);
    if (count !== this.#unreadTold) this.boot.emit("unread", { count });
    this.#unreadTold = count;
    this.#draw();
  }

  #mount(): void {
    this.#host.id = HOST_ID;
    // Adopted sheets need no permission from a Content-Security-Policy; only browsers of before 2023 lack them.
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      this.#root.adoptedStyleSheets = [sheet];
    } catch {
      const element = document.createElement("style");
      element.textContent = styles;
      this.#root.append(element);
    }
    // What is typed here is not meant for the page's own keyboard shortcuts.
    for (const name of ["keydown", "keyup", "keypress"]) {
      this.#root.addEventListener(name, (event) => event.stopPropagation());
    }
    this.#root.append(this.#frame);
    document.body.append(this.#host);
  }

  /** Once per turn, however much changed. */
  #draw(after?: () => void): void {
    if (after) queueMicrotask(() => queueMicrotask(after));
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (!this.#destroyed) render(<App widget={this} />, this.#frame);
    });
  }
}

function whenIdle(act: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(act, { timeout: 2_000 });
  else setTimeout(act, 200);
}

export function isPhone(): boolean {
  return matchMedia("(max-width: 480px)").matches;
}
