/** The composer for replies and notes. The draft of each conversation survives a reload of this tab. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { LIMIT_BODY, LIMIT_BODY_BYTES } from "../../../wire/frames";
import { kept } from "../../mentions/text";
import { useMentions } from "../../mentions/use_mentions";
import { AttachButton } from "../../attachments/button";
import { DropPlace } from "../../attachments/drop";
import { useTray } from "../../attachments/project_files";
import { hasFiles } from "../../attachments/transfer";
import { TrayView } from "../../attachments/tray_view";
import { CopilotButton } from "../../copilot/button";
import { FormButton } from "../../forms/button";
import { useCannedResponses } from "../../canned_responses/use_canned_responses";
import type { Variables } from "../../canned_responses/variables";
import { type Accepted, type Draft, Drafts, tabStorage } from "../../store/drafts";
import type { Live } from "../../state/model";
import type { Answer } from "../../state/threads";
import { EmojiButton } from "../../emoji/button";
import { Icon } from "../parts/icons";
import { useSession } from "../session";
import { useWorkspace, type I18n } from "../hooks";
import { insert, markOf, replace, toggled } from "./marks";
import { offerComposer } from "./open_composer";

const COUNTER_FROM = 500; // the counter is shown from this many characters left

type Mode = Draft["mode"];

const encoder = new TextEncoder();

interface ComposerProps {
  readonly id: string;
  readonly name: string; // of the visitor
  readonly collision: string | null; // another agent who is typing here
  readonly answered: Answer | null; // the last reply of another agent
  readonly last_seq: number;
  readonly variables: Variables; // of canned responses
  readonly live: Live;
  readonly i18n: I18n;
}

export function Composer(props: ComposerProps): JSX.Element {
  const { id, name, collision, answered, last_seq, variables, live } = props;
  const { t } = props.i18n;
  const { store, user, project } = useWorkspace();
  const { api } = useSession();
  const drafts = useMemo(() => new Drafts(user.id, tabStorage()), [user.id]);
  const [draft, setDraft] = useState<Draft>(() => drafts.of(id));
  const [caret, setCaret] = useState<number | null>(null); // where it goes once the text is drawn
  const area = useRef<HTMLTextAreaElement>(null);
  const touch = useMemo(
    () => !matchMedia("(any-pointer: fine)").matches && matchMedia("(pointer: coarse)").matches,
    [],
  );
  const left = LIMIT_BODY - [...draft.body].length;
  const over = left < 0 || encoder.encode(draft.body).length > LIMIT_BODY_BYTES;
  const note = draft.mode === "note";
  const tray = useTray(id, live);
  const files = note ? [] : tray.list; // the visitor must not read what the team says to each other
  const ready = !over && (files.length > 0 ? tray.stored !== null : draft.body.trim() !== "");
  const known = draft.after > 0; // 0: it was begun before the conversation was loaded
  const overtaken =
    answered !== null && draft.body !== "" && !note && known && answered.seq > draft.after ? answered.name : null;

  const write = ({ accepted, ...next }: Draft): void => {
    const kept = accepted === undefined || next.body === "" ? next : { ...next, accepted };
    const begun = draft.body === "" ? { ...kept, after: last_seq } : kept;
    setDraft(begun);
    drafts.keep(id, begun);
  };
  const canned = useCannedResponses(
    area,
    variables,
    (body, caret) => {
      write({ ...draft, body });
      setCaret(caret);
    },
    props.i18n,
  );
  const mentions = useMentions(
    area,
    (body, caret, one) => {
      write({ ...draft, body, mentions: [...(draft.mentions ?? []), one] });
      setCaret(caret);
    },
    { listId: "composer-members", on: note }, // the visitor must not read what the team says to each other
  );
  const look = (): void => {
    canned.look();
    mentions.look();
  };
  const close = (): void => {
    canned.close();
    mentions.close();
  };
  const send = (): void => {
    if (!ready) return;
    const named = note ? kept(draft.body, draft.mentions ?? []) : [];
    const body = draft.body.trim();
    if (files.length > 0 && tray.stored !== null) {
      store.out.sendFiles(id, tray.stored, body);
      tray.clear();
    } else store.out.send(id, body, draft.mode, named);
    const { accepted } = draft;
    if (accepted !== undefined && !note)
      void import("../../copilot/beside").then(
        ({ report }) => report(api, project.id, accepted, body),
        () => undefined, // the copilot's figures miss one reply
      );
    write({ ...draft, body: "", mentions: [] });
    close();
    area.current?.focus();
  };

  const attach = (added: readonly File[]): void => {
    write({ ...draft, mode: "text" }); // notes have no files
    tray.add(added);
    area.current?.focus();
  };

  useEffect(() => () => store.out.typed(id, false), [id, store]);

  const offered = useRef({ text: "", put: (_body: string, _accepted: Accepted | null): void => undefined });
  offered.current = {
    text: draft.body,
    put: (body, accepted) => {
      if (area.current !== null) replaceAll(area.current, body);
      const { accepted: _, ...now } = draft;
      write({ ...now, body, mode: "text", ...(accepted === null ? {} : { accepted }) });
    },
  };
  useEffect(
    () =>
      offerComposer({
        conversation: id,
        text: () => offered.current.text,
        put: (body, accepted) => offered.current.put(body, accepted),
      }),
    [id],
  );

  useEffect(() => {
    const command = (event: Event): void => {
      const mode = (event as CustomEvent<Mode>).detail;
      setDraft((old) => ({ ...old, mode }));
      area.current?.focus();
    };
    addEventListener("parley:compose", command);
    return () => removeEventListener("parley:compose", command);
  }, []);

  useLayoutEffect(() => fitHeight(area.current), [draft.body, id]);

  useLayoutEffect(() => {
    if (caret === null) return;
    area.current?.setSelectionRange(caret, caret);
    setCaret(null);
  }, [caret]);

  return (
    <form
      class={`composer${note ? " is-note" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-top">
        <div class="modes" role="radiogroup" aria-label={t("composer.mode")}>
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
              <span>{t(mode === "note" ? "composer.note" : "composer.reply")}</span>
            </button>
          ))}
        </div>
        <span class="form-button composer-extras">
          {note ? null : <AttachButton onFiles={attach} />}
          <FormButton id={id} i18n={props.i18n} />
          <CopilotButton i18n={props.i18n} />
        </span>
        <span class="collision" role="status">
          {collision === null && overtaken === null ? null : (
            <>
              <span class="collision-dot" />
              <bdi>
                {collision !== null
                  ? t("composer.collision", { name: collision })
                  : t("composer.overtaken", { name: overtaken ?? "" })}
              </bdi>
            </>
          )}
        </span>
      </div>
      {note ? null : <TrayView tray={tray} onLeave={() => area.current?.focus()} />}
      <DropPlace inside={area} onFiles={attach} />
      {canned.menu}
      {mentions.menu}
      <textarea
        {...(mentions.attributes["aria-controls"] === undefined ? canned : mentions).attributes}
        ref={area}
        id="composer"
        rows={1}
        dir="auto"
        value={draft.body}
        aria-label={t(note ? "composer.note" : "composer.reply")}
        aria-describedby="composer-foot"
        aria-invalid={over}
        placeholder={note ? t("composer.note.placeholder") : t("composer.reply.placeholder", { name })}
        onInput={(event) => {
          const body = event.currentTarget.value;
          write({ ...draft, body });
          store.out.typed(id, body.trim() !== "" && !note); // no typing signal for a note: only the team may know of it
          look();
        }}
        onPaste={(event) => {
          if (note || !hasFiles(event.clipboardData)) return;
          event.preventDefault();
          attach([...event.clipboardData.files]);
        }}
        onSelect={look}
        onKeyUp={look}
        onClick={look}
        onBlur={close}
        onKeyDown={(event) => {
          if (isComposing(event) || mentions.onKeyDown(event) || canned.onKeyDown(event)) return;
          const mark = markOf(event);
          if (mark !== null) {
            const { value, selectionStart, selectionEnd } = event.currentTarget;
            event.preventDefault();
            return replace(event.currentTarget, toggled(value, selectionStart, selectionEnd, mark));
          }
          if (event.key === "Escape") area.current?.blur();
          if (event.key !== "Enter" || event.shiftKey || touch) return; // a phone has no Shift+Enter
          event.preventDefault();
          send();
        }}
      />
      <div class="composer-foot" id="composer-foot">
        <span
          class={over ? "composer-hint is-over" : "composer-hint"}
          role={left < COUNTER_FROM ? "status" : undefined}
        >
          {left < 0
            ? t("composer.over", { n: -left })
            : left < COUNTER_FROM
              ? t("composer.left", { n: left })
              : live === "offline" || live === "waiting"
                ? t(`composer.${live}`)
                : t(touch ? "composer.hint.touch" : "composer.hint")}
        </span>
        <EmojiButton
          i18n={props.i18n}
          onPick={(sign) => area.current !== null && insert(area.current, sign)}
          onClose={() => area.current?.focus()}
        />
        <button type="submit" class={`button is-small ${note ? "is-note" : "is-primary"}`} disabled={!ready}>
          {t(note ? "composer.add" : "composer.send")}
        </button>
      </div>
    </form>
  );
}

function replaceAll(area: HTMLTextAreaElement, text: string): void {
  replace(area, { from: 0, to: area.value.length, text, start: text.length, end: text.length });
}

/** Grows with its text, up to the maximum of the style sheet. */
function fitHeight(area: HTMLTextAreaElement | null): void {
  const frame = area?.form ?? null;
  if (area === null || frame === null) return;
  // The form keeps its height while the field is measured, or the messages above would jump.
  frame.style.minHeight = `${frame.offsetHeight}px`;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
  frame.style.minHeight = "";
}
