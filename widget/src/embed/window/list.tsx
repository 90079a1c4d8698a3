/** The messages: newest at the bottom, older ones paged in at the top, the view held still meanwhile. */

import { Component, createRef } from "preact";
import type { WidgetView } from "../view";
import { BubbleRow, DayRow, Typing } from "./bubble";
import { Bubble, Down } from "./icons";
import { rowsOf } from "./rows";

const AT_END = 48; // px from the bottom that count as being there
const NEAR_START = 120; // px from the top at which older messages are asked for

export class MessageList extends Component<{ widget: WidgetView }, { away: boolean }> {
  readonly #list = createRef<HTMLDivElement>();
  #atEnd = true;
  // As drawn last: what changed since then says how to hold the view still.
  #height = 0;
  #first = 0;
  #own = 0;

  override componentDidMount(): void {
    document.addEventListener("visibilitychange", this.#seen);
    // A banner above or a taller composer below must not push the newest message out of sight; it calls once at the start.
    new ResizeObserver(() => this.componentDidUpdate()).observe(this.#list.current!);
  }

  override componentWillUnmount(): void {
    document.removeEventListener("visibilitychange", this.#seen);
  }

  override componentDidUpdate(): void {
    const box = this.#list.current;
    if (!box) return;
    const { messages, unsent } = this.props.widget.chat.state;
    const first = messages[0]?.seq ?? 0;
    if (this.#first && first < this.#first) box.scrollTop += box.scrollHeight - this.#height;
    else if (this.#atEnd || unsent.length > this.#own) box.scrollTop = box.scrollHeight;
    this.#height = box.scrollHeight;
    this.#first = first;
    this.#own = unsent.length;
    this.#seen();
  }

  override render() {
    const { widget } = this.props;
    const { chat, texts } = widget;
    const { messages, typing, conversation, readSeq } = chat.state;
    const rows = rowsOf(chat.state);
    const newest = messages[messages.length - 1];
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
            {chat.older === "loading" && <p class="note">{texts.loadingOlder}</p>}
            {chat.older === "failed" && (
              <p class="note">
                {texts.olderFailed}{" "}
                <button type="button" onClick={() => void chat.loadOlder()}>
                  {texts.retry}
                </button>
              </p>
            )}
            {rows.map((row) =>
              row.type === "day" ? (
                <DayRow key={row.key} at={row.at} widget={widget} />
              ) : row.type === "note" ? (
                <p key={row.key} class="note">
                  {row.body}
                </p>
              ) : (
                <BubbleRow key={row.key} row={row} widget={widget} />
              ),
            )}
            {conversation?.status === "solved" && <p class="note">{texts.solved}</p>}
            {typing.length > 0 && <Typing names={typing.map((typist) => typist.name)} widget={widget} />}
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
            <Down size={16} />
          </button>
        )}
        <div class="unseen" role="status">
          {newest && !/visitor|system/.test(newest.author.party) && `${newest.author.name}: ${newest.body}`}
        </div>
      </div>
    );
  }

  readonly #seen = () => {
    if (this.#atEnd && !document.hidden) this.props.widget.chat.seen();
  };

  readonly #scrolled = () => {
    const box = this.#list.current;
    if (!box) return;
    const { chat } = this.props.widget;
    this.#atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END;
    this.setState({ away: !this.#atEnd });
    if (box.scrollTop < NEAR_START && chat.older === "idle") void chat.loadOlder();
    this.#seen();
  };

  readonly #toEnd = () => this.#list.current?.scrollTo({ top: 1e9, behavior: "smooth" });
}

function Empty({ widget }: { widget: WidgetView }) {
  const { texts, agents } = widget;
  return (
    <div class="empty">
      <span class="sign">
        <Bubble size={30} />
      </span>
      <h3>{texts.emptyTitle}</h3>
      <p>{agents > 0 ? texts.emptyOnline : texts.emptyAway}</p>
    </div>
  );
}
