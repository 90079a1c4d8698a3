/** The widget as the page holds it: the chat, the launcher, and the window once it is loaded. */

import { Chat } from "../chat/chat";
import { cut } from "../chat/cut";
import { Memory } from "../chat/memory";
import { unread } from "../chat/model";
import { Queue } from "../chat/queue";
import type { HostApi, Settings, WidgetApi } from "../host/api";
import { isPhone } from "../ui/screen";
import type { Meta } from "../wire/frames";
import { newId } from "../wire/ids";
import { WidgetElement } from "./element";
import { Launcher } from "./launcher";
import styles from "./styles.css";
import type { LauncherTexts, WindowTexts } from "./texts/en";
import type { WidgetView, WindowPart } from "./view";

declare const WINDOW_FILE: string; // its name in dist, put in by the build

const VERSION = "0.1.0";

export class Widget implements WidgetApi, WidgetView {
  isOpen = false;
  settings: Settings | null = null;
  texts = {} as WindowTexts; // those of the window, once it is there
  readonly chat: Chat;
  readonly language: string;
  readonly #element = new WidgetElement();
  readonly #frame = document.createElement("div"); // what the window is drawn into
  readonly #launcher: Launcher;
  readonly #undo: (() => void)[] = [];
  #window: WindowPart | null = null;
  #windowFailed = false;
  #drawing = false;
  #unreadTold = 0;
  #destroyed = false;

  constructor(
    private readonly host: HostApi,
    texts: LauncherTexts,
  ) {
    const { project, world, local, session, language } = host;
    const prefix = `parley:${project}:`;
    const tab = session.read(`${prefix}tab`) ?? newId(world.now());
    session.write(`${prefix}tab`, tab);
    this.language = language;
    this.chat = new Chat(
      {
        project,
        tab,
        world,
        memory: new Memory(local, session, project),
        queue: new Queue(local, `${prefix}unsent:`, tab, world),
        turn: host.turn,
        history: host.history,
        page: host.page,
        language: cut(language, 35),
        version: VERSION,
      },
      {
        changed: () => this.#changed(),
        arrived: ({ author, body, at }) => host.emit("message", { author: author.name, body, at }),
      },
    );
    const { root, element } = this.#element;
    this.#element.adopt(styles);
    root.append(this.#frame);
    this.#launcher = new Launcher(
      root,
      texts,
      () => this.toggle(),
      () => this.#prefetch(),
    );
    const stored = (event: StorageEvent) => this.chat.changedElsewhere(event.key, event.newValue);
    addEventListener("storage", stored);
    this.#undo.push(() => removeEventListener("storage", stored), host.theme(element));
    host.follow(() => this.chat.moved());
    // A full screen that covers each new page would be in the way.
    this.isOpen = session.read(this.#openName) !== null && !isPhone();
    host.settings((settings) => {
      this.settings = settings;
      whenIdle(() => {
        if (this.#destroyed) return;
        this.chat.start();
        this.#prefetch();
      });
      if (this.isOpen) void this.#needWindow();
      this.#draw();
    });
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
    this.#window?.draw(this, this.#frame, false);
    this.#element.remove();
  }

  get #openName(): string {
    return `parley:${this.host.project}:open`;
  }

  #show(open: boolean): void {
    if (open === this.isOpen) return;
    this.isOpen = open;
    this.#windowFailed = false;
    this.host.session.write(this.#openName, open ? "1" : null);
    if (open) {
      this.chat.start();
      void this.#needWindow();
    } else this.chat.stopTyping();
    this.host.emit(open ? "open" : "close");
    const inside = this.#element.root.activeElement !== null;
    this.#drawNow();
    if (!open && inside) this.#launcher.focus();
  }

  #loadWindow(): Promise<WindowPart> {
    return this.host.load(WINDOW_FILE) as Promise<WindowPart>;
  }

  /** Loads the window before anyone needs it; a failure does not matter yet. */
  #prefetch(): void {
    this.#loadWindow().then(
      (part) => this.#take(part),
      () => undefined,
    );
  }

  async #needWindow(): Promise<void> {
    try {
      this.#take(await this.#loadWindow());
    } catch (error) {
      console.error("Parley: the chat window could not be loaded.", error);
      this.close();
      this.#windowFailed = true;
      this.#draw();
    }
  }

  #take(part: WindowPart): void {
    if (this.#window || this.#destroyed) return;
    this.#window = part;
    this.texts = part.texts;
    this.#element.adopt(part.styles);
    this.#draw();
  }

  #changed(): void {
    const count = unread(this.chat.state);
    if (count !== this.#unreadTold) this.host.emit("unread", { count });
    this.#unreadTold = count;
    this.#draw();
  }

  /** Once per turn, however much changed. */
  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      this.#drawNow();
    });
  }

  #drawNow(): void {
    if (this.#destroyed || !this.settings) return;
    const { isOpen } = this;
    this.#launcher.draw({
      open: isOpen,
      unread: unread(this.chat.state),
      loading: isOpen && !this.#window,
      failed: this.#windowFailed,
    });
    this.#window?.draw(this, this.#frame, isOpen);
  }
}

function whenIdle(act: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(act, { timeout: 2_000 });
  else setTimeout(act, 200);
}
