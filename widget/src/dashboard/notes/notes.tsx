/** The notes about a visitor in the panel: a field for a new one, the newest first, live. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Id, VisitorNote } from "../../rest/types";
import { newId } from "../../wire/ids";
import { mentionInboxOf } from "../mentions/inbox";
import { useLoaded, useRequest } from "../settings/parts/use_request";
import { partOf } from "../state/select";
import { useWorkspace } from "../views/hooks";
import { useSession } from "../views/session";
import { type Notes, VisitorNotesApi } from "./api";
import { NO_NOTE, NoteField, type NoteDraft, sent } from "./field";
import { useNotesI18n } from "./i18n";
import { NoteItem } from "./item";
import { TryAgain } from "../views/parts/try_again";

const PAGE = 10; // notes shown at first, and more at each step

const drafts = new Map<Id, NoteDraft>(); // of new notes, by visitor, while the page is open
const MAX_DRAFTS = 50;

export function VisitorNotes({ visitor }: { readonly visitor: Id }): JSX.Element {
  const { store, project } = useWorkspace();
  const { api: rest } = useSession();
  const { t } = useNotesI18n();
  const api = useMemo(() => new VisitorNotesApi(rest, project.id, visitor), [rest, project.id, visitor]);
  const wanted = useRef(PAGE);
  const loaded = useLoaded(() => api.newest(wanted.current), [api]);
  const [announcement, announce] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const mentions = mentionInboxOf(store, rest, project.id);
  useEffect(
    () => store.onTouched(partOf("visitor_notes", visitor), () => void loaded.reload()),
    [store, visitor, loaded.reload],
  );
  // Mentions in notes that are on screen have been seen.
  useEffect(() => {
    const shown = new Set(loaded.value?.items.map(({ id }) => id));
    return mentions.seeing(({ note }) => note !== null && shown.has(note));
  }, [mentions, loaded.value]);
  const notes = loaded.value;
  const left = notes === null ? 0 : notes.total - notes.items.length;
  return (
    <section class="panel-part notes" aria-label={t("notes")}>
      <h3>
        {t("notes")} <span class="notes-about">· {t("notes.about")}</span>
      </h3>
      <NewNote key={visitor} visitor={visitor} api={api} set={loaded.set} onAdded={() => announce(t("note.added"))} />
      <p class="sr-only" role="status">
        {announcement}
      </p>
      {notes !== null ? null : loaded.problem === null ? (
        <p class="quiet" aria-busy="true">
          {t("notes.loading")}
        </p>
      ) : (
        <p class="quiet" role="alert">
          {t("notes.failed")} <TryAgain problem={loaded.problem} onRetry={() => void loaded.reload()} />
        </p>
      )}
      {notes?.total === 0 ? <p class="quiet">{t("notes.empty")}</p> : null}
      {notes === null ? null : (
        <ul class="notes-list" ref={list} tabIndex={-1}>
          {notes.items.map((note) => (
            <NoteItem
              key={note.id}
              note={note}
              api={api}
              onSaved={(fresh) => {
                loaded.set((now) => replaced(now, fresh));
                announce(t("note.saved"));
              }}
              onDeleted={() => {
                loaded.set((now) => without(now, note.id));
                announce(t("note.deleted"));
                list.current?.focus();
              }}
              onStale={loaded.reload}
            />
          ))}
        </ul>
      )}
      {left > 0 ? (
        <button
          type="button"
          class="button is-small"
          onClick={() => {
            wanted.current += PAGE;
            void loaded.reload();
          }}
        >
          {t("notes.more", { n: left })}
        </button>
      ) : null}
    </section>
  );
}

interface NewProps {
  readonly visitor: Id;
  readonly api: VisitorNotesApi;
  readonly set: (next: (now: Notes) => Notes) => void;
  readonly onAdded: () => void;
}

function NewNote({ visitor, api, set, onAdded }: NewProps): JSX.Element {
  const { t } = useNotesI18n();
  const doing = useRequest();
  const failed = useRef<{ readonly body: string; readonly key: Id } | null>(null); // its answer may be what was lost
  const [draft, setDraft] = useState(() => drafts.get(visitor) ?? NO_NOTE);
  const write = (next: NoteDraft): void => {
    setDraft(next);
    keepDraft(visitor, next);
  };
  const add = (): void => {
    // The field is free for the next note at once; after a failure the text comes back, before what was typed since.
    const given = draft;
    write(NO_NOTE);
    const note = sent(given);
    const body = JSON.stringify(note);
    const key = failed.current?.body === body ? failed.current.key : newId(Date.now());
    failed.current = { body, key };
    const adding = doing.run(async () => {
      const made = await api.create(note, key);
      failed.current = null;
      set((now) => replaced(now, made));
      onAdded();
    });
    void adding.then((done) => {
      if (!done) write(joined(given, drafts.get(visitor) ?? NO_NOTE));
    });
  };
  return (
    <NoteField
      id="new-note"
      label={t("note.new")}
      draft={draft}
      busy={doing.busy}
      problem={doing.problem}
      action={t("note.add")}
      onDraft={write}
      onSave={add}
    />
  );
}

function keepDraft(visitor: Id, draft: NoteDraft): void {
  drafts.delete(visitor);
  if (draft.text !== "") drafts.set(visitor, draft);
  const [oldest] = drafts.keys();
  if (drafts.size > MAX_DRAFTS && oldest !== undefined) drafts.delete(oldest);
}

function joined(first: NoteDraft, second: NoteDraft): NoteDraft {
  if (second.text === "") return first;
  return { text: `${first.text}\n${second.text}`, mentions: [...first.mentions, ...second.mentions] };
}

/** With a note as the server has it now; a new one comes first. */
function replaced(now: Notes, note: VisitorNote): Notes {
  if (now.items.some(({ id }) => id === note.id))
    return { ...now, items: now.items.map((one) => (one.id === note.id ? note : one)) };
  return { items: [note, ...now.items], total: now.total + 1 };
}

function without(now: Notes, id: Id): Notes {
  return { items: now.items.filter((one) => one.id !== id), total: now.total - 1 };
}
