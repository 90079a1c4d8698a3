/** Where an agent writes: a reply or a note; a draft waits for each conversation as long as the page lives. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { LIMIT_BODY, LIMIT_BODY_BYTES } from "../../../wire/frames";
import { Icon } from "../parts/icons";
import { useRoom, type Words } from "../use";

const NEAR_LIMIT = 500; // characters left when the counter shows
const MOST_DRAFTS = 50;

type Mode = "text" | "note";
interface Draft {
  readonly body: string;
  readonly mode: Mode;
}

const NOTHING: Draft = { body: "", mode: "text" };
const drafts = new Map<string, Draft>();
const encoder = new TextEncoder();

interface ComposerProps {
  readonly id: string;
  readonly name: string; // of the visitor
  readonly collision: string | null; // another agent who types here
  readonly offline: boolean;
  readonly words: Words;
}

export function Composer({ id, name, collision, offline, words: { say } }: ComposerProps): JSX.Element {
  const { desk } = useRoom();
  const [draft, setDraft] = useState<Draft>(() => drafts.get(id) ?? NOTHING);
  const area = useRef<HTMLTextAreaElement>(null);
  const left = LIMIT_BODY - [...draft.body].length;
  const over = left < 0 || encoder.encode(draft.body).length > LIMIT_BODY_BYTES;
  const ready = draft.body.trim() !== "" && !over;
  const note = draft.mode === "note";

  const write = (next: Draft): void => {
    setDraft(next);
    keep(id, next);
  };
  const send = (): void => {
    if (!ready) return;
    desk.out.say(id, draft.body.trim(), draft.mode);
    write({ body: "", mode: draft.mode });
    area.current?.focus();
  };

  useEffect(() => {
    setDraft(drafts.get(id) ?? NOTHING);
    return () => desk.out.typed(id, false);
  }, [id, desk]);

  useEffect(() => {
    const command = (event: Event): void => {
      const mode = (event as CustomEvent<Mode>).detail;
      setDraft((old) => ({ ...old, mode }));
      area.current?.focus();
    };
    addEventListener("parley:compose", command);
    return () => removeEventListener("parley:compose", command);
  }, []);

  // As high as its text, up to what the style sheet allows.
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [draft.body, id]);

  return (
    <form
      class={`composer${note ? " is-note" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-top">
        <div class="modes" role="radiogroup" aria-label={say("composer.mode")}>
          {(["text", "note"] as const).map((mode) => (
            <button
              type="button"
              key={mode}
              role="radio"
              aria-checked={draft.mode === mode}
              class="mode"
              onClick={() => {
                write({ ...draft, mode });
                area.current?.focus();
              }}
            >
              <Icon name={mode === "note" ? "note" : "reply"} size={15} />
              {say(mode === "note" ? "composer.note" : "composer.reply")}
            </button>
          ))}
        </div>
        <span class="collision" role="status">
          {collision === null ? null : (
            <>
              <span class="collision-dot" />
              {say("composer.collision", { name: collision })}
            </>
          )}
        </span>
      </div>
      <textarea
        ref={area}
        id="composer"
        rows={1}
        value={draft.body}
        aria-label={say(note ? "composer.note" : "composer.reply")}
        aria-describedby="composer-foot"
        aria-invalid={over}
        placeholder={note ? say("composer.note.placeholder") : say("composer.reply.placeholder", { name })}
        onInput={(event) => {
          const body = event.currentTarget.value;
          write({ ...draft, body });
          desk.out.typed(id, body.trim() !== "" && !note); // a note is nobody's business but the team's
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") area.current?.blur();
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <div class="composer-foot" id="composer-foot">
        <span class={over ? "hint is-over" : "hint"} role={left < NEAR_LIMIT ? "status" : undefined}>
          {left < 0
            ? say("composer.over", { n: -left })
            : left < NEAR_LIMIT
              ? say("composer.left", { n: left })
              : offline
                ? say("composer.offline")
                : say("composer.hint")}
        </span>
        <button type="submit" class={`button is-small ${note ? "is-note" : "is-primary"}`} disabled={!ready}>
          {say(note ? "composer.add" : "composer.send")}
        </button>
      </div>
    </form>
  );
}

/** Puts the cursor into the composer of the open conversation. */
export function compose(mode: Mode): void {
  dispatchEvent(new CustomEvent("parley:compose", { detail: mode }));
}

function keep(id: string, draft: Draft): void {
  drafts.delete(id);
  if (draft.body !== "") drafts.set(id, draft);
  const oldest = drafts.keys().next().value;
  if (drafts.size > MOST_DRAFTS && oldest !== undefined) drafts.delete(oldest);
}
