/** The composer: Enter sends, Shift+Enter breaks the line. */

import { Component, createRef } from "preact";
import { TypingSignal } from "../../chat/typing";
import { isComposing } from "../../ui/keys";
import { LIMIT_BODY, LIMIT_BODY_BYTES } from "../../wire/frames";
import { isPhone, isTouched } from "../../ui/screen";
import type { WidgetView } from "../view";
import { icon } from "./icons";
import { pick } from "./pick";

const CLIP = "m20 11-9 9a5 5 0 0 1-7-7l9-9a3 3 0 0 1 5 5l-9 9a1 1 0 0 1-2-2l8-8";
const PLANE = "M12 19V5M5.5 11.5 12 5l6.5 6.5";
const COUNTER_FROM = 500; // characters left
const PER_MINUTE = 20; // messages; the default for older servers, whose settings have no limit
const MINUTE = 60_000; // ms
const SECOND = 1_000; // ms
const FULL_WAIT = 5; // seconds
const MAX_HEIGHT = 132; // px

interface State {
  text: string;
  /** Seconds until the rate limit allows the next text, or the full queue may have room. */
  wait: number;
}

export class Composer extends Component<{ widget: WidgetView }, State> {
  // The draft, kept in this tab when the window closes or the page changes.
  readonly #drafts = this.props.widget.host.session;
  readonly #draft = `${this.props.widget.prefix}draft`;
  override state = { text: this.#drafts.read(this.#draft) ?? "", wait: 0 };
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
    const { text, wait } = this.state;
    const over = tooMuch(text);
    const accept = widget.settings?.attachments?.accept;
    const left = LIMIT_BODY - Array.from(text).length;
    return (
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          this.#send();
        }}
      >
        {wait > 0 && (
          <p class="banner" role="alert">
            {texts.tooFast}
            <b aria-hidden="true">{texts.seconds(wait)}</b>
          </p>
        )}
        <div class="tray" />
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
              this.#drafts.write(this.#draft, value || null);
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
          {accept && (
            <label class="clip">
              <input
                class="unseen"
                type="file"
                multiple
                accept={`${accept}`}
                aria-label={texts.attach}
                onChange={({ currentTarget }) => {
                  pick(widget, currentTarget.files!);
                  currentTarget.value = "";
                }}
              />
              {icon(CLIP, 18)}
            </label>
          )}
          <button
            class="send"
            type="submit"
            aria-label={texts.send}
            disabled={!(widget.files ?? text.trim()) || over > 0 || wait > 0}
          >
            {icon(PLANE, 18)}
          </button>
        </div>
        <p class={over > 0 ? "count bad" : "count"} aria-live="polite">
          {over > 0 ? texts.over(over) : left <= COUNTER_FROM ? texts.left(left) : ""}
        </p>
      </form>
    );
  }

  #send(): void {
    const { widget } = this.props;
    const { text } = this.state;
    if (!(widget.files ?? text.trim()) || tooMuch(text) > 0 || this.#wait() > 0) return this.#countDown();
    if (!(widget.sendFiles?.(text) ?? widget.chat.send(text))) return this.#countDown(FULL_WAIT);
    this.#typing.stop();
    this.#sent.push(performance.now());
    this.#drafts.write(this.#draft, null);
    this.setState({ text: "" });
    this.#box.current?.focus();
  }

  /** At the rate limit: seconds until the oldest text leaves the sliding window of one minute. */
  #wait(): number {
    const now = performance.now();
    this.#sent = this.#sent.filter((at) => now - at < MINUTE);
    const most = this.props.widget.settings?.messages_per_minute ?? PER_MINUTE;
    const first = this.#sent.at(-most);
    return first === undefined ? 0 : Math.ceil((first + MINUTE - now) / SECOND);
  }

  #countDown(wait = this.#wait()): void {
    this.setState({ wait });
    clearTimeout(this.#timer);
    if (wait > 0) this.#timer = window.setTimeout(() => this.#countDown(wait - 1), SECOND);
  }
}

/** The number of characters over the limit; a body also has a limit in bytes. */
function tooMuch(text: string): number {
  const bytes = new TextEncoder().encode(text).length;
  return Math.max(Array.from(text).length - LIMIT_BODY, Math.ceil((bytes - LIMIT_BODY_BYTES) / 3));
}
