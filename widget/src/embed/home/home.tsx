/** The home of the window: a search over the articles, one article, and the way to the chat and back. */

import type { PublicArticle, PublicArticleSnippet } from "../../rest/types";
import { isComposing } from "../../ui/keys";
import { isPhone } from "../../ui/screen";
import { drawing, made, set, write } from "../elements";
import type { ArticlePart, Draw, WidgetView } from "../view";
import { Articles, Gone, shelved } from "./articles";
import { ArticlePage, Search } from "./pages";
import styles from "./styles.css";
import { type HomeTexts, homeTexts } from "./texts";
import type { HomeView, Vote } from "./view";

// A name in dist, inserted by the build.
declare const ARTICLE_FILE: string;

const MAX_LANGUAGE = 35; // characters
const PAUSE = 250; // ms without a key before the server is asked
const LENS = "M21 21l-4.8-4.8M10.5 18a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Z";

export class Home implements HomeView {
  readonly texts: HomeTexts;
  query = "";
  found = "";
  items: readonly PublicArticleSnippet[] | null = null;
  failed = false;
  loading = false;
  reading: PublicArticleSnippet | null = null;
  article: PublicArticle | null = null;
  cited = false;
  gone = false;
  part: ArticlePart | null = null;
  readonly votes = new Map<string, Vote>();
  readonly #articles: Articles;
  readonly #box = made("div", { class: "home" }) as HTMLElement;
  readonly #button = made("button", { class: "round find", type: "button" }) as HTMLElement;
  readonly #about = made("p", { class: "about" }) as HTMLElement;
  readonly #title = document.createElement("span");
  #window: Element | null = null; // the one that is open
  #frame: HTMLElement | null = null;
  #opened = false; // and not focused yet
  #shown = false; // it was decided what the window shows
  #timer = 0;
  #asked = new AbortController();

  constructor(
    readonly widget: WidgetView,
    private readonly render: Draw,
  ) {
    const texts = homeTexts(widget.language);
    this.texts = texts;
    this.#articles = new Articles(widget.host.project);
    widget.element.adopt(styles);
    const lens = drawing(20);
    set(lens.path, { d: LENS });
    set(this.#button, { "aria-label": texts.home });
    this.#button.append(lens.picture);
    this.#button.onclick = () => this.show(true);
    this.#box.onkeydown = (event) => {
      if (event.key !== "Escape" || isComposing(event) || !this.reading) return;
      event.stopPropagation(); // it would close the window
      this.back();
    };
    const remove = made("button", { type: "button" }) as HTMLElement;
    write(remove, texts.remove);
    remove.onclick = () => this.#ask(null);
    this.#about.append(this.#title, remove);
    set(this.#title, { dir: "auto" });
    addEventListener("online", this.#online);
    const kept = this.#kept;
    if (kept) widget.chat.article = kept.id;
  }

  /** Call it again when anything may have changed. */
  draw(frame: HTMLElement): void {
    this.#frame = frame;
    const window = frame.querySelector(".window");
    if (window && window !== this.#window) this.#opened = true;
    this.#window = window;
    if (!window) return;
    // An opened window shows what it showed before it was closed; to begin with, the chat only if there is one.
    if (!this.#shown && !this.#inTalk) return this.show(true);
    this.#shown = true;
    this.#place(window);
    if (this.#opened && this.widget.home) this.#focus();
    this.#opened = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked.abort();
    removeEventListener("online", this.#online);
  }

  show(home: boolean): void {
    const { chat } = this.widget;
    this.widget.home = home;
    this.#shown = this.#opened = true;
    if (home && !this.items && !this.loading) void this.#find();
    chat.dispatch((state) => ({ ...state })); // draws the window, with or without the chat
  }

  typed(query: string): void {
    this.query = query;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#find(), PAUSE);
    this.#draw();
  }

  retry(): void {
    if (this.reading) this.read(this.reading);
    else void this.#find();
  }

  read(article: PublicArticleSnippet): void {
    this.reading = article;
    this.article = null;
    this.gone = false;
    void this.#load(async (cancel) => {
      const loading = this.widget.host.load(ARTICLE_FILE) as Promise<ArticlePart>;
      const [part, found] = await Promise.all([loading, this.#articles.read(article.id, cancel)]);
      if (!this.part) this.widget.element.adopt(part.sheet);
      this.part = part;
      this.article = found;
    });
    this.#focus();
  }

  /** From the chat to an article. */
  open(article: { readonly id: string; readonly title: string }): void {
    this.show(true);
    this.cited = true;
    this.read(article as PublicArticleSnippet);
  }

  /** From an article to the list, or to the chat that cites it. */
  back(): void {
    const left = this.reading?.id;
    this.reading = this.article = null;
    this.failed = false;
    if (this.cited) {
      this.#asked.abort();
      this.cited = this.loading = false;
      return this.show(false);
    }
    if (!this.items) void this.#find();
    this.#draw();
    const row = left ? this.#box.querySelector<HTMLElement>(`[data-id="${left}"]`) : null;
    (row ?? this.#field)?.focus();
  }

  vote(article: PublicArticle, helpful: boolean): void {
    const { key } = this.widget.chat.parts.memory;
    const name = article.id + article.version;
    const became = (vote: Vote) => {
      this.votes.set(name, vote);
      this.#draw();
    };
    if (!key) return became("failed"); // the server does not know this visitor yet
    became("sending");
    this.#articles.vote(article.id, helpful, key).then(
      () => became("sent"),
      () => became("failed"),
    );
  }

  ask(article: PublicArticle): void {
    this.#ask(article);
    this.show(false);
  }

  /** Whether there is a conversation, or the visitor is about to begin one. */
  get #inTalk(): boolean {
    const { chat, host, prefix } = this.widget;
    const { conversation, unsent } = chat.state;
    return !!(conversation || unsent.length || chat.article || host.session.read(`${prefix}draft`));
  }

  async #find(): Promise<void> {
    const query = this.query.trim();
    await this.#load(async (cancel) => {
      const { items } = await this.#articles.find(query, this.widget.language.slice(0, MAX_LANGUAGE), cancel);
      this.items = query ? items : shelved(items);
      this.found = query;
    });
  }

  /** Runs the request instead of the one before it; whether it has succeeded. */
  async #load(run: (cancel: AbortSignal) => Promise<void>): Promise<boolean> {
    this.#asked.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.loading = true;
    this.failed = false;
    this.#draw();
    const error = await run(asked.signal).then(
      () => null,
      (error: unknown) => error,
    );
    if (asked.signal.aborted) return false;
    this.loading = false;
    this.gone = error instanceof Gone;
    this.failed = error !== null && !this.gone;
    this.#draw();
    return error === null;
  }

  readonly #online = (): void => {
    if (this.failed) this.retry();
  };

  #draw(): void {
    if (this.#frame) this.draw(this.#frame);
  }

  /** Puts what is ours into the window. Its runtime leaves foreign nodes at the end where they are. */
  #place(window: Element): void {
    const { home, chat } = this.widget;
    const kept = chat.article ? this.#kept : null;
    if (!kept) this.widget.host.session.write(this.#aboutName, null);
    if (kept && !home) {
      write(this.#title, this.texts.about(kept.title));
      if (!this.#about.isConnected) window.append(this.#about);
    } else this.#about.remove();
    if (!home) {
      this.#box.remove();
      const head = window.querySelector(".head");
      if (this.#button.parentNode !== head) head?.append(this.#button);
      return;
    }
    this.#button.remove();
    this.render(this.reading ? <ArticlePage home={this} reading={this.reading} /> : <Search home={this} />, this.#box);
    if (this.#box.parentNode !== window) window.append(this.#box);
  }

  #ask(article: PublicArticle | null): void {
    const { chat, host } = this.widget;
    chat.article = article?.id;
    host.session.write(this.#aboutName, article && JSON.stringify({ id: article.id, title: article.title }));
    this.#draw();
    if (!article) this.#window?.querySelector("textarea")?.focus();
  }

  /** In this tab: the article that the next text is about. */
  get #kept(): { id: string; title: string } | null {
    try {
      return JSON.parse(this.widget.host.session.read(this.#aboutName) ?? "null");
    } catch {
      return null;
    }
  }

  get #aboutName(): string {
    return `${this.widget.prefix}about`;
  }

  get #field(): HTMLElement | null {
    return this.#box.querySelector("input");
  }

  /** The heading of an article, for screen readers; else the field. On phones the keyboard would cover the list. */
  #focus(): void {
    const close = isPhone() ? this.#window?.querySelector<HTMLElement>(".round") : null;
    (this.reading ? this.#box.querySelector<HTMLElement>("h3") : (close ?? this.#field))?.focus();
  }
}
