/** The composer: Enter sends, Shift+Enter breaks the line. */

import { Component, createRef } from "preact";
import { TypingSignal } from "../../chat/typing";
import { isComposing } from "../../ui/keys";
import { LIMIT_BODY, LIMIT_BODY_BYTES } from "../../wire/frames";
import { isPhone, isTouched } from "../../ui/screen";
import type { WidgetView } from "../view";
import { Plane } from "./icons";

const COUNTER_FROM = 500; // characters left
const PER_MINUTE = 20; // messages; the default for older servers, whose settings have no limit
const MINUTE = 60_000; // ms
const SECOND = 1_000; // ms
const NOTICE_DURATION = 5_000; // ms
const MAX_HEIGHT = 132; // px

interface State {
  text: string;
  /** The queue of unsent texts is full. */
  full: boolean;
  /** Seconds until the rate limit allows the next text. */
  wait: number;
}

export class Composer extends Component<{ widget: WidgetView }, State> {
  override state = { text: this.#draft, full: false, wait: 0 };
  readonly #box = createRef<HTMLTextAreaElement>();
  #sent: number[] = []; // times of the texts sent in the last minute
  #timer = 0;
  readonly #typing = new TypingSignal(this.props.widget.chat);

  override componentDidMount(): void {
    this.componentDidUpdate();
    // Not on phones: the keyboard would cover the messages.
    const window = this.#box.current?.closest(".window");
    (isPhone() ? window?.querySelector<HTMLElement>(".round") : this.#box.current)?.focus();
  }

  override componentDidUpdate(): void {
    const area = this.#box.current;
    const field = area?.parentElement;
    if (!area || !field) return;
    // The composer keeps its height while the text is measured: otherwise the list would grow for a moment and scroll.
    field.style.height = `${field.offsetHeight}px`;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, MAX_HEIGHT)}px`;
    field.style.height = "";
  }

  override componentWillUnmount(): void {
    this.#typing.stop();
    clearTimeout(this.#timer);
  }

  override render() {
    const { widget } = this.props;
    const { texts } = widget;
    const { text, full, wait } = this.state;
    const over = tooMuch(text);
    const left = LIMIT_BODY - Array.from(text).length;
    return (
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          this.#send();
        }}
      >
        {(full || wait > 0) && (
          <p class="banner" role="alert">
            {texts.tooFast}
            {wait > 0 && <b aria-hidden="true">{texts.seconds(wait)}</b>}
          </p>
        )}
        <div class="field">
          <textarea
            ref={this.#box}
            rows={1}
            value={text}
            dir="auto"
            placeholder={texts.placeholder}
            aria-label={texts.message}
            aria-invalid={over > 0}
            onInput={({ currentTarget: { value } }) => {
              this.setState({ text: value });
              this.#draft = value;
              if (value.trim()) this.#typing.typed();
              else this.#typing.stop();
            }}
            onKeyDown={(event) => {
              // While an input method composes, Enter belongs to it; on touch keyboards Enter is the only way to a
              // second line.
              if (event.key !== "Enter" || event.shiftKey || isComposing(event) || isTouched()) return;
              event.preventDefault();
              this.#send();
            }}
          />
          <button class="send" type="submit" aria-label={texts.send} disabled={!text.trim() || over > 0 || wait > 0}>
            <Plane />
          </button>
        </div>
        <p class={over > 0 ? "count bad" : "count"} aria-live="polite">
          {over > 0 ? texts.over(over) : left <= COUNTER_FROM ? texts.left(left) : ""}
        </p>
      </form>
    );
  }

  /** The draft, kept in this tab when the window closes or the page changes. */
  get #draft(): string {
    return this.props.widget.host.session.read(this.#draftName) ?? "";
  }

  set #draft(text: string) {
    this.props.widget.host.session.write(this.#draftName, text || null);
  }

  get #draftName(): string {
    return `${this.props.widget.prefix}draft`;
  }

  #send(): void {
    const { chat } = this.props.widget;
    const { text } = this.state;
    if (!text.trim() || tooMuch(text) > 0 || this.#wait() > 0) return this.#countDown();
    if (!chat.send(text)) return this.#sayFull();
    this.#typing.stop();
    this.#sent.push(performance.now());
    this.#draft = "";
    this.setState({ text: "", full: false });
    this.#box.current?.focus();
  }

  /** At the rate limit: seconds until the oldest text leaves the sliding window of one minute. */
  #wait(): number {
    const now = performance.now();
    this.#sent = this.#sent.filter((at) => now - at < MINUTE);
    const most = this.props.widget.settings?.messages_per_minute ?? PER_MINUTE;
    const first = this.#sent[this.#sent.length - most];
    return first === undefined ? 0 : Math.ceil((first + MINUTE - now) / SECOND);
  }

  #countDown(): void {
    const wait = this.#wait();
    this.setState({ wait });
    clearTimeout(this.#timer);
    if (wait > 0) this.#timer = window.setTimeout(() => this.#countDown(), SECOND);
  }

  #sayFull(): void {
    this.setState({ full: true });
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.setState({ full: false }), NOTICE_DURATION);
  }
}

/** The number of characters over the limit; a body also has a limit in bytes. */
function tooMuch(text: string): number {
  const bytes = new TextEncoder().encode(text).length;
  return Math.max(Array.from(text).length - LIMIT_BODY, Math.ceil((bytes - LIMIT_BODY_BYTES) / 3));
}
