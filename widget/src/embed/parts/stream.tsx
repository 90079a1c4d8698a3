/** The part for projects with an assistant: its running turn at the end of the messages, and the choice between it and a
 *  person. It draws with the runtime of the window, and its style sheet uses the window's colours. */

import { MARKED } from "../../ui/markdown";
import { isPhone } from "../../ui/screen";
import { Running } from "../stream/bubble";
import { Choice } from "../stream/choice";
import { drawSources } from "../stream/sources";
import styles from "../stream/styles.css";
import { streamTexts, type StreamTexts } from "../stream/texts";
import { Turns } from "../stream/turns";
import type { Draw, StreamPart, WidgetView } from "../view";
import type { Rich } from "./markdown";

// A name in dist, inserted by the build.
declare const MARKDOWN_FILE: string;

class Shown {
  readonly turns: Turns;
  readonly #choice: Choice;
  readonly #texts: StreamTexts;
  readonly #live = document.createElement("div");
  readonly #bar = document.createElement("div");
  #frame: HTMLElement | null = null;
  #render: Draw | null = null;
  #rich: Rich | null = null;
  #asked = false; // for the part that shows Markdown

  constructor(readonly widget: WidgetView) {
    const redraw = () => this.#draw();
    this.#texts = streamTexts(widget.language);
    this.#choice = new Choice(widget, this.#texts, redraw);
    this.turns = new Turns(widget.chat, redraw);
    widget.element.adopt(styles);
  }

  draw(frame: HTMLElement, render: Draw): void {
    this.#frame = frame;
    this.#render = render;
    this.turns.settle();
    if (this.turns.replaced) {
      this.turns.replaced = false;
      // The message takes the place of what was streamed: it does not appear as if it were new.
      const row = [...frame.querySelectorAll<HTMLElement>(".lines > .theirs")].pop();
      if (row) row.style.animation = "none";
    }
    this.#draw();
  }

  end(): void {
    this.turns.end();
    this.#choice.end();
  }

  #draw(): void {
    const window = this.#frame?.querySelector(".window");
    const middle = window?.querySelector(".middle");
    const render = this.#render;
    if (!window || !middle || !render) return;
    const held = (middle.getRootNode() as ShadowRoot).activeElement;
    const { streams, stopping } = this.turns;
    this.#enrich(middle);
    const running = streams.turns.map((turn) => (
      <Running
        key={turn.turn}
        turn={turn}
        widget={this.widget}
        texts={this.#texts}
        rich={this.#rich}
        stopping={stopping === turn.turn}
        onStop={() => this.turns.stop(turn.turn)}
      />
    ));
    render(running, this.#live);
    const choice = this.#choice.view();
    render(choice, this.#bar);
    // The runtime of the window leaves foreign nodes at the end where they are.
    const lines = middle.querySelector(".lines");
    if (lines) drawSources(this.widget, lines, this.#texts);
    if (this.#live.parentNode !== lines) lines?.append(this.#live);
    if (this.#bar.parentNode !== middle) middle.append(this.#bar);
    middle.classList.toggle("assisted", !!choice);
    // As when the window is opened: on phones the keyboard would cover the messages.
    if (held && !held.isConnected) window.querySelector<HTMLElement>(isPhone() ? ".round" : "textarea")?.focus();
  }

  /** Text is shown as it came until the part is there. */
  #enrich(middle: Element): void {
    if (this.#asked || !this.turns.streams.turns.some(({ text }) => MARKED.test(text))) return;
    this.#asked = true;
    (this.widget.host.load(MARKDOWN_FILE) as Promise<typeof import("./markdown")>).then(
      (part) => {
        this.#rich = part.richIn(middle.getRootNode() as ShadowRoot);
        this.#draw();
      },
      () => (this.#asked = false),
    );
  }
}

let shown: Shown | null = null; // of the widget that runs: `Parley.reset` starts another one

export const draw: StreamPart["draw"] = (widget, frame, render) => {
  if (shown?.widget !== widget) {
    shown?.end();
    shown = new Shown(widget);
  }
  shown.draw(frame, render);
};

export const received: StreamPart["received"] = (widget, frame) => {
  if (shown?.widget === widget) shown.turns.received(frame);
};
