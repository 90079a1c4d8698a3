/** The message list: newest at the bottom, older pages added at the top, with scroll anchoring. */

import { Component, createRef } from "preact";
import { seen } from "../../chat/in_window";
import type { Message } from "../../chat/model";
import { MARKED } from "../../ui/markdown";
import type { Rich } from "../parts/markdown";
import type { WidgetView } from "../view";
import { localeTag } from "../../ui/locale";
import { agentsOnline } from "./agents";
import { BubbleRow, DayRow, speaker, Typing } from "./bubble";
import { icon } from "./icons";
import { insteadOf, rowsOf } from "./rows";

// A name in dist, inserted by the build.
declare const MARKDOWN_FILE: string;

const AT_END = 48; // px from the bottom that count as the bottom
const NEAR_START = 120; // px from the top at which older messages are fetched

interface State {
  away: boolean; // from the end
  older: "idle" | "loading" | "failed";
  rich: Rich | null; // the part that shows Markdown, once an agent has used it
}

export class MessageList extends Component<{ widget: WidgetView }, State> {
  override state: State = { away: false, older: "idle", rich: null };
  readonly #list = createRef<HTMLDivElement>();
  #atEnd = true;
  // As rendered last: the difference tells how to keep the scroll position.
  #height = 0;
  #room = "";
  #top = 0;
  #first = 0;
  #own = 0;
  #asked = false; // for the part

  override componentDidMount(): void {
    document.addEventListener("visibilitychange", this.#seen);
    // A banner, a taller composer or another width must not push the newest message out of view. The observer calls
    // once at the start.
    const sizes = new ResizeObserver(() => this.componentDidUpdate());
    sizes.observe(this.#list.current!);
    sizes.observe(this.#list.current!.firstElementChild!);
  }

  override componentWillUnmount(): void {
    document.removeEventListener("visibilitychange", this.#seen);
  }

  override componentDidUpdate(): void {
    const box = this.#list.current;
    if (!box) return;
    const { messages, unsent } = this.props.widget.chat.state;
    const isRich = ({ author, body }: Message) =>
      body.includes("://") || (author.party !== "visitor" && MARKED.test(body));
    if (!this.#asked && messages.some(isRich)) this.#enrich(box);
    const first = messages[0]?.seq ?? 0;
    if (this.#first && first < this.#first) box.scrollTop += box.scrollHeight - this.#height;
    else if (this.#stays(box) || unsent.length > this.#own) {
      box.scrollTop = box.scrollHeight;
      this.#top = box.scrollTop;
    }
    this.#height = box.scrollHeight;
    this.#room = roomOf(box);
    this.#first = first;
    this.#own = unsent.length;
    this.#seen();
  }

  override render() {
    const { widget } = this.props;
    const { chat, texts } = widget;
    const { messages, typing, conversation, readSeq } = chat.state;
    const rows = rowsOf(chat.state, localeTag(widget.language));
    const newest = messages.at(-1);
    const instead = newest && insteadOf(newest);
    const waiting = newest && newest.seq > readSeq;
    return (
      <div class="middle">
        <div
          ref={this.#list}
          class="list"
          role="log"
          aria-live="off"
          aria-label={texts.chat}
          tabIndex={0}
          onScroll={this.#scrolled}
        >
          <div class="lines">
            {!rows.length && <Empty widget={widget} />}
            {this.state.older === "loading" && <p class="note">{texts.loadingOlder}</p>}
            {this.state.older === "failed" && (
              <p class="note">
                {texts.olderFailed}{" "}
                <button type="button" onClick={() => void this.#loadOlder()}>
                  {texts.retry}
                </button>
              </p>
            )}
            {rows.map((row) =>
              row.type === "day" ? (
                <DayRow key={row.key} at={row.at} widget={widget} />
              ) : row.type === "note" ? (
                <p key={row.key} class="note">
                  {row.instead ? texts[row.instead] : row.body}
                </p>
              ) : (
                <BubbleRow key={row.key} row={row} widget={widget} rich={this.state.rich} />
              ),
            )}
            {conversation?.status === "solved" && <p class="note">{texts.solved}</p>}
            {typing.length > 0 && <Typing typing={typing} widget={widget} />}
          </div>
        </div>
        {this.state.away && (
          <button
            class="pill"
            type="button"
            onClick={this.#toEnd}
            aria-label={waiting ? texts.newMessages : texts.toEnd}
          >
            {waiting && texts.newMessages}
            {icon(widget.paths.down, 16)}
          </button>
        )}
        <div class="unseen" role="status">
          {newest &&
            !/visitor|system/.test(newest.author.party) &&
            `${speaker(newest.author, texts)}: ${instead ? texts[instead] : newest.body}`}
        </div>
      </div>
    );
  }

  /** Text is shown as it was typed until the part has come, which draws marks and links. */
  #enrich(box: Element): void {
    this.#asked = true;
    (this.props.widget.host.load(MARKDOWN_FILE) as Promise<typeof import("../parts/markdown")>).then(
      (part) => this.setState({ rich: part.richIn(box.getRootNode() as ShadowRoot) }),
      () => (this.#asked = false),
    );
  }

  /** Whether to stick to the end: the scroll event of a reader may come after the render. An element that was detached
   *  and attached again starts at 0. */
  #stays(box: Element): boolean {
    return this.#atEnd && (box.scrollTop === this.#top || !box.scrollTop || isAtEnd(box));
  }

  readonly #seen = () => {
    if (this.#atEnd && !document.hidden) seen(this.props.widget.chat);
  };

  readonly #scrolled = () => {
    const box = this.#list.current;
    if (!box) return;
    // The browser scrolls when the size or the content changes; that is not the reader.
    const moved = roomOf(box) !== this.#room || box.scrollHeight !== this.#height;
    if (moved && this.#stays(box)) return this.componentDidUpdate();
    this.#atEnd = isAtEnd(box);
    if (this.#atEnd) this.#top = box.scrollTop;
    this.setState({ away: !this.#atEnd });
    if (box.scrollTop < NEAR_START && this.state.older === "idle") void this.#loadOlder();
    this.#seen();
  };

  async #loadOlder(): Promise<void> {
    const { widget } = this.props;
    if (this.state.older === "loading" || !widget.chat.state.hasOlder) return;
    this.setState({ older: "loading" });
    await widget
      .part("history")
      .then(({ loadOlder }) => loadOlder(widget.chat))
      .then(
        () => this.setState({ older: "idle" }),
        () => this.setState({ older: "failed" }),
      );
  }

  readonly #toEnd = () => this.#list.current?.scrollTo({ top: 1e9, behavior: "smooth" });
}

const isAtEnd = (box: Element) => box.scrollHeight - box.scrollTop - box.clientHeight < AT_END;
const roomOf = (box: Element) => `${box.clientWidth} ${box.clientHeight}`;

function Empty({ widget }: { widget: WidgetView }) {
  const { texts } = widget;
  return (
    <div class="empty">
      <span class="sign">{icon(widget.paths.bubble, 30)}</span>
      <h3>{texts.emptyTitle}</h3>
      <p>{agentsOnline(widget) > 0 ? texts.emptyOnline : texts.emptyAway}</p>
    </div>
  );
}
