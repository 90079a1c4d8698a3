/** One form in the widget: its fields, or what has become of it. The draft is kept until the answer is stored. */

import { discard } from "../../chat/in_window";
import type { Answers, Message, Unsent } from "../../chat/model";
import { checked } from "../../forms/check";
import { type Draft, type Entered, type FieldErrors, type FormField, isKnown } from "../../forms/fields";
import { focusFirstError, Inputs } from "../../forms/inputs";
import { requestOf, stateOf } from "../../forms/request";
import { plainText } from "../../forms/text";
import { localeTag } from "../../ui/locale";
import { isPhone } from "../../ui/screen";
import { ErrorCode } from "../../wire/frames";
import type { Draw, WidgetView } from "../view";
import type { FormTexts } from "./texts";

const MAX_BYTES = 14_000; // of all answers: a frame holds 16 KiB
const FILLING_INTERVAL = 4_000; // ms; agents show it for ten seconds
const MAX_TIMER = 2 ** 31 - 1; // ms

/** A request, or the form before the first message. */
interface Form {
  readonly template: string;
  readonly name: string;
  readonly description?: string;
  readonly fields: readonly FormField[];
  readonly expires_at?: number | null;
  readonly state?: string;
}

/** What a refusal says about the form. */
const CLOSED: Readonly<Record<number, "answered" | "expired" | "cancelled">> = {
  [ErrorCode.NotFound]: "cancelled",
  [ErrorCode.FormAnswered]: "answered",
  [ErrorCode.FormExpired]: "expired",
  [ErrorCode.FormCancelled]: "cancelled",
};

export class FormCard {
  #draft: Draft;
  #errors: FieldErrors = {};
  #fault = ""; // about the whole form
  #closed: string | null = null; // what a refusal said
  #filledAt = -Infinity; // when the server last learned that the visitor fills it in, on the monotonic clock
  #seen = false; // drawn before
  #timer = 0;

  constructor(
    private readonly widget: WidgetView,
    private readonly box: HTMLElement, // its id is that of the message; none: before the first message
    private readonly texts: FormTexts,
    private readonly render: Draw,
  ) {
    try {
      this.#draft = (JSON.parse(widget.host.session.read(this.#draftName) ?? "{}") as Draft | null) ?? {};
    } catch {
      this.#draft = {};
    }
  }

  draw(): void {
    const { box, widget } = this;
    const form = this.#form;
    if (!form || !isKnown(form.fields)) {
      return this.render(
        <p class="form-card">
          <i>{widget.texts.newer}</i>
        </p>,
        box,
      );
    }
    const refused = this.#unsent;
    if (refused?.refused) this.#correct(form, refused);
    const outcome = this.#outcome(form);
    if (outcome && !this.#unsent) this.#keep(null);
    this.render(this.#view(form, outcome), box);
    clearTimeout(this.#timer);
    const left = (form.expires_at ?? 0) - Date.now();
    if (left > 0) this.#timer = window.setTimeout(() => this.draw(), Math.min(left + 1, MAX_TIMER));
    if (!this.#seen && !box.id) {
      box.closest(".list")?.scrollTo(0, 1); // at 0 the list would think that it was attached again, and go to its end
      // Not on phones: the keyboard would cover the form.
      const close = isPhone() ? box.closest(".window")?.querySelector<HTMLElement>(".round") : null;
      (close ?? box.querySelector<HTMLElement>("input,select"))?.focus({ preventScroll: true });
    }
    this.#seen = true;
  }

  stop(): void {
    clearTimeout(this.#timer);
    // Answered before the first message: the conversation has begun.
    if (!this.box.id && this.widget.chat.state.conversation) this.#keep(null);
  }

  get #message(): Message | undefined {
    return this.widget.chat.state.messages.find(({ id }) => id === this.box.id);
  }

  get #form(): Form | null | undefined {
    return this.box.id ? requestOf(this.#message?.content) : this.widget.settings?.pre_chat;
  }

  #view(form: Form, outcome: string) {
    const { box, texts, widget } = this;
    const id = `form-${box.id}`;
    const sentences = Object.entries(this.#errors).map(([key, code]) => [key, texts.wrong[code] ?? texts.other]);
    return (
      <div class="form-card">
        <b id={id} dir="auto">
          {form.name}
        </b>
        {form.description ? (
          <p class="form-lead" dir="auto">
            {form.description}
          </p>
        ) : null}
        {outcome ? (
          <p class="form-lead form-outcome" role="status" tabIndex={-1}>
            {outcome}
          </p>
        ) : (
          <form
            aria-labelledby={id}
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              this.#submit(form);
            }}
          >
            <Inputs
              id={id}
              fields={form.fields}
              draft={this.#draft}
              errors={Object.fromEntries(sentences)}
              texts={texts.inputs}
              onEnter={(key, value) => this.#entered(key, value)}
            />
            {form.expires_at ? (
              <p class="form-lead">
                {texts.until(
                  new Date(form.expires_at).toLocaleString(localeTag(widget.language), {
                    dateStyle: "medium",
                    timeStyle: "short",
                  }),
                )}
              </p>
            ) : null}
            <p class="form-error" role="alert">
              {this.#fault}
            </p>
            <button class="form-send" type="submit">
              {texts.send}
            </button>
          </form>
        )}
      </div>
    );
  }

  /** Why there is nothing to fill in; "" while it is open. */
  #outcome({ state, expires_at }: Form): string {
    const { box, texts, widget } = this;
    const unsent = this.#unsent;
    if (unsent) return unsent.refused ? texts.failed : texts.sending;
    if (!box.id) return "";
    const { messages, forms } = widget.chat.state;
    const answered = messages.some(({ content }) => content?.["request"] === box.id);
    const said = answered ? "answered" : (this.#closed ?? forms[box.id]?.state ?? state);
    const now = stateOf(said, expires_at ?? null, Date.now());
    return now === "open" || now === "filling" ? "" : texts[now];
  }

  /** The answers that wait in the queue. */
  get #unsent(): Unsent | undefined {
    return this.widget.chat.state.unsent.find(({ form }) => form && form.request === (this.box.id || null));
  }

  /** Takes refused answers out of the queue when the visitor can do better than send them again. */
  #correct(form: Form, { ref, refused, errors }: Unsent): void {
    const { box, widget } = this;
    if (errors && form.fields.some(({ key }) => errors[key])) {
      this.#errors = errors;
      queueMicrotask(() => focusFirstError(box));
    } else if (box.id && CLOSED[refused]) {
      this.#closed = CLOSED[refused];
    } else {
      // It is gone, or asks for other things now: the visitor can write, and sees that the answers were not sent.
      if (!box.id && widget.settings && (errors || CLOSED[refused])) widget.settings.pre_chat = null;
      return;
    }
    discard(widget.chat, ref);
  }

  #entered(key: string, value: Entered): void {
    const { [key]: _, ...errors } = this.#errors;
    this.#errors = errors;
    this.#fault = "";
    this.#draft = { ...this.#draft, [key]: value };
    this.#keep(this.#draft);
    const { box, widget } = this;
    const conversation = widget.chat.state.conversation?.id;
    const now = widget.host.world.monotonic();
    if (box.id && conversation && now - this.#filledAt > FILLING_INTERVAL)
      if (widget.chat.transmit({ type: "filling", conversation, request: box.id })) this.#filledAt = now;
    this.draw();
  }

  #submit(form: Form): void {
    const { box, texts, widget } = this;
    const { values, errors } = checked(form.fields, this.#draft, localeTag(navigator.language));
    this.#errors = errors;
    this.#fault = "";
    const faulty = Object.keys(errors).length > 0;
    if (!faulty) {
      const answers: Answers = {
        conversation: box.id ? (widget.chat.state.conversation?.id ?? null) : null,
        request: box.id || null,
        template: box.id ? undefined : form.template,
        values,
        body: plainText(form.name, form.fields, values),
      };
      if (new TextEncoder().encode(JSON.stringify(values)).length > MAX_BYTES) this.#fault = texts.too_large;
      else if (!widget.chat.send("", { form: answers })) this.#fault = texts.full;
    }
    this.draw();
    if (faulty) focusFirstError(box);
    else box.querySelector<HTMLElement>(".form-outcome")?.focus();
  }

  get #draftName(): string {
    return `parley:${this.widget.host.project}:form:${this.box.id}`;
  }

  /** Keeps the draft in this tab: it survives reloads and pages. */
  #keep(draft: Draft | null): void {
    this.widget.host.session.write(this.#draftName, draft && JSON.stringify(draft));
  }
}
