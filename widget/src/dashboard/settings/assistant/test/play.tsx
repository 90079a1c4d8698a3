/** What the author plays next: the answer of the model, or the result of a tool. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { TestPassage } from "../../../../rest/types";
import { Icon } from "../../../views/parts/icons";
import { Field, SelectField, TextField } from "../../parts/forms";
import type { Effect, Offer, Received } from "../api";
import { useAssistantI18n, worded } from "../i18n";
import { calling, parametersOf, playOf, speaking, type TestChat } from "../model/test_chat";
import { labelOfTarget } from "../workflow/labels";
import type { Editor } from "../workflow/use_editor";

interface PlayProps {
  readonly busy: boolean;
  readonly onPlay: (received: Received) => void;
}

interface PlayFormProps extends PlayProps {
  readonly chat: TestChat;
  readonly editor: Editor;
}

export function PlayForm({ chat: { effect }, editor, ...given }: PlayFormProps): JSX.Element | null {
  const { t } = useAssistantI18n();
  if (effect?.type === "run") {
    return (
      <section class="test-form" aria-label={t("test.play.tool")}>
        <h3>
          <Icon name="bolt" size={16} />
          {t("test.play.run", { tool: worded(t, "flow.tool", effect.tool) })}
        </h3>
        <pre class="snippet">{JSON.stringify(effect.arguments, null, 2)}</pre>
        <Ran {...given} />
      </section>
    );
  }
  if (effect?.type !== "ask") return null;
  return (
    <section class="test-form" aria-label={t("test.play.model")}>
      <h3>
        <Icon name="sparkle" size={16} />
        {t("test.play.at", { node: labelOfTarget(editor.workflow, effect.node, t) })}
      </h3>
      <details>
        <summary>{t("test.instruction")}</summary>
        <pre class="snippet">{effect.instruction}</pre>
      </details>
      <Articles of={effect.passages ?? []} />
      {effect.strict === true ? <p class="setting-hint">{t("test.strict")}</p> : null}
      <Asked effect={effect} {...given} />
      <div>
        <button
          type="button"
          class="button is-small is-quiet"
          disabled={given.busy}
          onClick={() => given.onPlay({ type: "failed", code: "provider_unavailable" })}
        >
          {t("test.play.away")}
        </button>
      </div>
    </section>
  );
}

/** What the model would be given of articles: an answer cites them by their numbers, such as [1]. */
function Articles({ of: passages }: { readonly of: readonly TestPassage[] }): JSX.Element | null {
  const { t } = useAssistantI18n();
  if (passages.length === 0) return null;
  return (
    <details>
      <summary>{t("test.articles", { n: passages.length })}</summary>
      <ul class="turn-articles">
        {passages.map(({ number, title, heading, content }, at) => (
          <li key={at}>
            <b>
              [{number}] {title}
            </b>
            {heading === "" ? null : ` ${heading}`}
            <pre class="snippet">{content}</pre>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Asked({
  effect,
  busy,
  onPlay,
}: PlayProps & { readonly effect: Extract<Effect, { type: "ask" }> }): JSX.Element {
  const { t } = useAssistantI18n();
  const play = playOf(effect);
  switch (play.type) {
    case "choose":
      return (
        <div class="row-of-buttons" role="group" aria-label={t("test.choose")}>
          {play.choices.map((choice) => (
            <button
              key={choice}
              type="button"
              class="button is-small"
              disabled={busy}
              onClick={() => onPlay(calling(play.tool, { [play.argument]: choice }))}
            >
              {worded(t, "flow.route", choice)}
            </button>
          ))}
          <button type="button" class="button is-small is-quiet" disabled={busy} onClick={() => onPlay(speaking("?"))}>
            {t("test.prose")}
          </button>
        </div>
      );
    case "call":
      return (
        <>
          <Call offer={play.offer} text="" busy={busy} onPlay={onPlay} />
          <div>
            <button
              type="button"
              class="button is-small is-quiet"
              disabled={busy}
              onClick={() => onPlay(speaking("?"))}
            >
              {t("test.prose")}
            </button>
          </div>
        </>
      );
    case "speak":
      return <Speak offers={play.offers} busy={busy} onPlay={onPlay} />;
    default:
      return play satisfies never;
  }
}

/** The model's text, and a call of one of its tools if the author chooses one. */
function Speak({ offers, busy, onPlay }: PlayProps & { readonly offers: readonly Offer[] }): JSX.Element {
  const { t } = useAssistantI18n();
  const [text, setText] = useState("");
  const [tool, setTool] = useState("");
  const offer = offers.find(({ name }) => name === tool);
  return (
    <>
      <Field label={t("test.answer")}>
        {(given) => (
          <textarea
            {...given}
            class="input"
            rows={3}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Field>
      {offers.length === 0 ? null : (
        <SelectField
          label={t("test.call")}
          value={tool}
          onPick={setTool}
          choices={[
            ["", t("test.call.none")],
            ...offers.map(({ name }) => [name, worded(t, "flow.tool", name)] as const),
          ]}
        />
      )}
      {offer === undefined ? (
        <div>
          <button
            type="button"
            class="button is-small is-primary"
            disabled={busy || text.trim() === ""}
            onClick={() => onPlay(speaking(text))}
          >
            {t("test.answer.send")}
          </button>
        </div>
      ) : (
        <Call key={offer.name} offer={offer} text={text} busy={busy} onPlay={onPlay} />
      )}
    </>
  );
}

/** The arguments of one tool, as its schema has them. */
function Call({
  offer,
  text,
  busy,
  onPlay,
}: PlayProps & { readonly offer: Offer; readonly text: string }): JSX.Element {
  const { t } = useAssistantI18n();
  const parameters = parametersOf(offer);
  const [given, setGiven] = useState<Readonly<Record<string, string>>>({});
  const set = (name: string, value: string): void => setGiven((now) => ({ ...now, [name]: value }));
  const filled = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  return (
    <form
      class="test-call"
      onSubmit={(event) => {
        event.preventDefault();
        onPlay(calling(offer.name, filled, text));
      }}
    >
      {parameters.map(({ name, choices, required }) =>
        choices.length > 0 ? (
          <SelectField
            key={name}
            label={worded(t, "flow.argument", name)}
            value={given[name] ?? ""}
            choices={[
              ["", required ? t("flow.argument.choose") : t("flow.argument.none")],
              ...choices.map((one) => [one, one] as const),
            ]}
            onPick={(value) => set(name, value)}
          />
        ) : (
          <TextField
            key={name}
            label={worded(t, "flow.argument", name)}
            value={given[name] ?? ""}
            onInput={(value) => set(name, value)}
          />
        ),
      )}
      <div>
        <button type="submit" class="button is-small is-primary" disabled={busy}>
          {t("test.call.send", { tool: worded(t, "flow.tool", offer.name) })}
        </button>
      </div>
    </form>
  );
}

function Ran({ busy, onPlay }: PlayProps): JSX.Element {
  const { t } = useAssistantI18n();
  const [words, setWords] = useState("");
  return (
    <>
      <TextField label={t("test.words")} value={words} onInput={setWords} most={500} />
      <div class="row-of-buttons">
        <button
          type="button"
          class="button is-small is-primary"
          disabled={busy}
          onClick={() => onPlay({ type: "ran", ok: true, words })}
        >
          {t("test.ok")}
        </button>
        <button
          type="button"
          class="button is-small"
          disabled={busy}
          onClick={() => onPlay({ type: "ran", ok: false, words })}
        >
          {t("test.failed")}
        </button>
      </div>
    </>
  );
}
