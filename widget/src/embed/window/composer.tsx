/** Where the visitor writes: Enter sends, Shift+Enter breaks the line. */

import { Component, createRef } from "preact";
import { isComposing } from "../../ui/keys";
import { LIMIT_BODY, LIMIT_BODY_BYTES } from "../../wire/frames";
import { isPhone } from "../../ui/screen";
import type { WidgetView } from "../view";
import { Plane } from "./icons";

const COUNT_FROM = 500; // characters left
const PER_MINUTE = 10; // messages; the server allows more
const MINUTE = 60_000; // ms
const NOTICE = 5_000; // ms
const TALLEST = 132; // px

export class Composer extends Component<{ widget: WidgetView }, { text: string; notice: string }> {
  override state = { text: "", notice: "" };
  readonly #box = createRef<HTMLTextAreaElement>();
  #sent: number[] = []; // moments of the last minute
  #timer = 0;

  override componentDidMount(): void {
    // A phone's keyboard would cover what there is to read.
    const window = this.#box.current?.closest(".window");
    (isPhone() ? window?.querySelector<HTMLElement>(".round") : this.#box.current)?.focus();
  }

  override componentDidUpdate(): void {
    const area = this.#box.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, TALLEST)}px`;
  }

  override componentWillUnmount(): void {
    clearTimeout(this.#timer);
  }

  override render() {
    const { widget } = this.props;
    const { texts, chat } = widget;
    const { text, notice } = this.state;
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
        {notice && (
          <p class="banner" role="alert">
            {notice}
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
              if (value.trim()) chat.typed();
              else chat.stopTyping();
            }}
            onKeyDown={(event) => {
              // While an input method composes, Enter belongs to it.
              if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
              event.preventDefault();
              this.#send();
            }}
          />
          <button class="send" type="submit" aria-label={texts.send} disabled={!text.trim() || over > 0}>
            <Plane />
          </button>
        </div>
        <p class={over > 0 ? "count bad" : "count"} aria-live="polite">
          {over > 0 ? texts.over(over) : left <= COUNT_FROM ? texts.left(left) : ""}
        </p>
      </form>
    );
  }

  #send(): void {
    const { chat, texts } = this.props.widget;
    const { text } = this.state;
    if (!text.trim() || tooMuch(text) > 0) return;
    const now = Date.now();
    this.#sent = this.#sent.filter((at) => now - at < MINUTE);
    if (this.#sent.length >= PER_MINUTE || !chat.send(text)) return this.#say(texts.tooFast);
    this.#sent.push(now);
    this.setState({ text: "", notice: "" });
    this.#box.current?.focus();
  }

  #say(notice: string): void {
    this.setState({ notice });
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.setState({ notice: "" }), NOTICE);
  }
}

/** By how many characters a text is over the limit; a body has one in bytes too. */
function tooMuch(text: string): number {
  const bytes = new TextEncoder().encode(text).length;
  return Math.max(Array.from(text).length - LIMIT_BODY, Math.ceil((bytes - LIMIT_BODY_BYTES) / 3));
}
