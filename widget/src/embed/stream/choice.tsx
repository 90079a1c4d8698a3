/** The visitor's choice above the composer: to talk to a person, or to the assistant again. */

import type { WidgetView } from "../view";
import type { StreamTexts } from "./texts";

const AGAIN = 3_000; // ms until the visitor can choose again when the server has not taken the choice

type Owner = "person" | "assistant";

export class Choice {
  #chosen: Owner | null = null; // and not answered yet
  #timer = 0;

  constructor(
    private readonly widget: WidgetView,
    private readonly texts: StreamTexts,
    private readonly changed: () => void,
  ) {}

  /** Null: there is nothing to choose, because the team has decided. */
  view() {
    const { widget, texts } = this;
    const { conversation } = widget.chat.state;
    if (!conversation) return null;
    const { owner } = conversation;
    const toPerson = owner !== "person";
    if (!toPerson && widget.host.local.read(this.#name) !== conversation.id) return null;
    if (this.#chosen && this.#chosen === owner) this.#chosen = null;
    const name = widget.settings?.assistant || widget.texts.assistant;
    return (
      <p class="choice">
        <span role="status">{toPerson ? owner && texts.answers(name) : texts.person}</span>
        <button
          type="button"
          aria-disabled={!!this.#chosen}
          onClick={() => this.#chosen || this.#choose(conversation.id, toPerson ? "person" : "assistant")}
        >
          {toPerson ? texts.toPerson : texts.toAssistant}
        </button>
      </p>
    );
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #choose(conversation: string, owner: Owner): void {
    const { widget } = this;
    if (!widget.chat.transmit({ type: "chooseowner", conversation, owner })) return;
    widget.host.local.write(this.#name, owner === "person" ? conversation : null);
    this.#chosen = owner;
    this.changed();
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#chosen = null;
      this.changed();
    }, AGAIN);
  }

  /** In this browser: the conversation in which the visitor asked for a person. Nobody else's decision is theirs to
   *  take back. */
  get #name(): string {
    return `${this.widget.prefix}declined`;
  }
}
