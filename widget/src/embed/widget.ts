/** The widget of a page: the chat, the launcher, and the window once it is loaded. */

import { Chat } from "../chat/chat";
import { Memory } from "../chat/memory";
import type { Message } from "../chat/model";
import { unread } from "../chat/model";
import { Queue } from "../chat/queue";
import type { Facts, HostApi, Settings, WidgetApi } from "../host/api";
import { isPhone } from "../ui/screen";
import { newId } from "../wire/ids";
import { WidgetElement } from "./element";
import { Launcher, PATHS } from "./launcher";
import styles from "./styles.css";
import type { LauncherTexts, WindowTexts } from "./texts/en";
import type { LookView } from "./look/view";
import type { Notice, NoticeView } from "./parts/notice";
import type { Parts, WidgetView, WindowPart } from "./view";

// Names in dist and the version of pyproject.toml, inserted by the build.
declare const WINDOW_FILE: string;
declare const PART_FILES: Record<keyof Parts, string>;
declare const VERSION: string;

const LOOK_TIMEOUT = 3_000; // ms

export class Widget implements WidgetApi, WidgetView, NoticeView, LookView {
  isOpen = false;
  wasConnected = false;
  settings: Settings | null = null;
  texts = {} as WindowTexts; // the texts of the window, once it is loaded
  readonly paths = PATHS;
  readonly chat: Chat;
  readonly language: string;
  readonly element: WidgetElement;
  readonly #frame = document.createElement("div"); // the element that the window is rendered into
  readonly #launcher: Launcher;
  readonly #undo: (() => void)[] = [];
  readonly prefix: string;
  readonly #base: string; // prefix of the names in storage that all visitors of this browser share
  readonly #tab: string;
  #window: WindowPart | null = null;
  #notice: Notice | null = null;
  #failed = false;
  #drawing = false;
  #unreadTold = 0;
  #facts: Facts | null = null; // until the chat starts
  #started = false;
  destroyed = false;

  constructor(
    readonly host: HostApi,
    readonly launcherTexts: LauncherTexts,
  ) {
    const { project, world: platform, local, session, language } = host;
    this.#base = `parley:${project}:`;
    this.prefix = host.prefix ?? this.#base;
    this.#tab = session.read(`${this.prefix}tab`) ?? newId(platform.now());
    const memory = new Memory(local, session, this.prefix);
    this.language = language;
    this.chat = new Chat(
      {
        project,
        tab: this.#tab,
        platform,
        memory,
        queue: new Queue(local, `${this.prefix}unsent:`, this.#tab, platform),
        turn: host.turn,
        catchUp: async (chat, key) => (await this.part("history")).catchUp(chat, key),
        history: host.history,
        page: () => {
          const page = host.page();
          return this.#notice?.unmarked(page) ?? page;
        },
        language: language.slice(0, 35),
        version: VERSION,
      },
      {
        changed: () => this.#changed(),
        failed: () => this.#detour(),
        received: (frame) => this.#window?.received(this, frame),
        arrived: (message) => {
          const { author, body, at } = message;
          host.emit("message", { author: author.name, body, at });
          this.#announce(message);
        },
      },
    );
    this.element = new WidgetElement(language, () => this.#draw());
    this.element.adopt(styles);
    const { frame } = this.element;
    frame.append(this.#frame);
    this.#launcher = new Launcher(
      frame,
      launcherTexts,
      () => this.toggle(),
      () => this.#load(),
    );
    const stored = (event: StorageEvent) => this.chat.changedElsewhere(event.key, event.newValue);
    addEventListener("storage", stored);
    this.#undo.push(() => removeEventListener("storage", stored), host.theme(frame));
    host.follow(() => this.chat.moved());
    // A full-screen window does not open by itself on each new page.
    this.isOpen = session.read(`${this.#base}open`) !== null && !isPhone();
    host.settings(async (settings) => {
      // Not drawn before its look has come, but no later than this.
      if (settings.appearance || host.look)
        await new Promise((seen) => {
          void this.wear(settings).then(seen);
          setTimeout(seen, LOOK_TIMEOUT);
        });
      this.settings = settings;
      host.idle(() => {
        if (this.destroyed) return;
        // Before consent, and with data-start="on-open", nothing is stored before the visitor opens the chat, unless
        // they have done so before.
        const asks = settings.ask_consent || host.choices?.["consent"] !== undefined;
        if (asks ? local.read(`${this.#base}acted`) : !host.startOnOpen || memory.key) void this.#start();
        this.#load();
      });
      if (this.isOpen) this.#load();
      this.#draw();
    });
  }

  /** Without settings: as the last ones say. */
  wear(settings?: Settings): Promise<unknown> {
    return this.part("look").then(
      ({ wear }) => wear(this, settings),
      () => {},
    );
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

  identify(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts };
    if (this.#started) void this.#identify();
  }

  /** The widget of another visitor, in place of this one. */
  replaced(host: HostApi): Widget {
    this.destroy();
    return new Widget(host, this.launcherTexts);
  }

  destroy(): void {
    this.destroyed = true;
    this.#window?.draw(this, this.#frame, false); // first: this sends the server the end of typing
    this.#notice?.stop();
    this.chat.stop();
    for (const back of this.#undo) back();
    this.element.remove();
  }

  #show(open: boolean): void {
    if (open === this.isOpen) return;
    this.isOpen = open;
    this.#failed = false;
    this.host.session.write(`${this.#base}open`, open ? "1" : null);
    if (open) {
      this.host.local.write(`${this.#base}acted`, "1");
      void this.#start();
      this.#load();
    }
    this.host.emit(open ? "open" : "close");
    const inside = this.element.root.activeElement !== null;
    this.#drawNow();
    if (!open && inside) this.#launcher.focus();
  }

  attach(): void {
    this.element.attach();
  }

  async #start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    this.host.session.write(`${this.prefix}tab`, this.#tab);
    await this.#identify();
    if (this.host.local.read(`${this.#base}sse`)) await this.#detour();
    if (!this.destroyed) this.chat.start();
  }

  /** Resolves when it is decided who the visitor is; at once if nothing of that was signed. */
  async #identify(): Promise<void> {
    const facts = this.#facts;
    if (!facts) return;
    this.#facts = null;
    const done = this.part("identify").then(
      ({ identify }) => identify(this, facts),
      () => undefined,
    );
    if (facts["token"] || facts["signature"]) await done;
  }

  /** Finds another way than a websocket, if the network blocks them. */
  #detour() {
    return this.part("sse").then(
      ({ detour }) => detour(this.host),
      () => undefined,
    );
  }

  /** Notifies a visitor who is not looking at the message. */
  #announce(message: Pick<Message, "seq" | "author" | "body">): void {
    if (this.isOpen && document.hasFocus()) return;
    this.part("notice").then(
      ({ Notice }) => {
        if (this.destroyed) return;
        this.#notice ??= new Notice(this, this.element, this.#launcher);
        this.#notice.arrived(message);
      },
      () => undefined,
    );
  }

  part<Name extends keyof Parts>(name: Name): Promise<Parts[Name]> {
    return this.host.load(PART_FILES[name]) as Promise<Parts[Name]>;
  }

  /** Loads the window: as a prefetch, where a failure does not matter, or because the visitor waits for it. */
  #load(): void {
    (this.host.load(WINDOW_FILE) as Promise<WindowPart>).then(
      (part) => {
        if (this.#window || this.destroyed) return;
        this.#window = part;
        this.texts = part.texts;
        this.element.adopt(part.styles);
        this.#draw();
      },
      () => {
        if (!this.isOpen) return;
        this.close();
        this.#failed = true;
        this.#draw();
      },
    );
  }

  #changed(): void {
    this.wasConnected ||= this.chat.connection === "open";
    const count = unread(this.chat.state);
    if (count !== this.#unreadTold) this.host.emit("unread", { count });
    this.#unreadTold = count;
    this.#draw();
  }

  /** At most one render per microtask, however much has changed. */
  #draw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      this.#drawNow();
    });
  }

  #drawNow(): void {
    if (this.destroyed || !this.settings) return;
    const { isOpen } = this;
    this.#launcher.draw({
      open: isOpen,
      unread: unread(this.chat.state),
      loading: isOpen && !this.#window,
      failed: this.#failed,
    });
    this.#window?.draw(this, this.#frame, isOpen);
    this.#notice?.draw();
  }
}
