/** The bell of the rail: how many mentions are unread, and the list of them; each leads to its note. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";

import type { Mention } from "../../rest/types";
import { useNotesI18n } from "../notes/i18n";
import { nameOf } from "../state/placeholder_names";
import { ago, exactly } from "../state/times";
import { useI18n, useInboxState, useNow, useWorkspace } from "../views/hooks";
import { Empty, Face, timeTexts } from "../views/parts/components";
import { Icon } from "../views/parts/icons";
import { useSession } from "../views/session";
import { showPanel } from "../views/show_panel";
import { jumpTo } from "../views/thread/jump";
import { type MentionInbox, mentionInboxOf } from "./inbox";

export function Bell(): JSX.Element {
  const { store, project } = useWorkspace();
  const { api } = useSession();
  const { t } = useNotesI18n();
  const { open: conversation } = useInboxState();
  const [open, setOpen] = useState(false);
  const inbox = mentionInboxOf(store, api, project.id);
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = inbox.subscribe(() => rerender(undefined));
    rerender(undefined); // it may have been loaded between the first render and this effect
    const look = (): void => inbox.look();
    addEventListener("focus", look);
    return () => {
      stop();
      removeEventListener("focus", look);
    };
  }, [inbox]);
  // Mentions in the messages of the open conversation have been seen; those in notes about visitors, in the panel.
  useEffect(
    () =>
      conversation === null ? undefined : inbox.seeing((one) => one.seq !== null && one.conversation === conversation),
    [inbox, conversation],
  );
  const unread = inbox.list?.unread ?? 0;
  const label = unread === 0 ? t("bell.short") : t("bell.unread", { n: unread });
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="rail-item"
        aria-haspopup="dialog"
        aria-expanded={open}
        title={label}
        onClick={() => setOpen(!open)}
      >
        <span class="bell-icon">
          <Icon name="bell" size={20} />
          {unread === 0 ? null : (
            <span class="badge" aria-hidden="true">
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </span>
        <span>{t("bell.short")}</span>
        {unread === 0 ? null : <span class="sr-only">{t("bell.count", { n: unread })}</span>}
      </button>
      <span class="sr-only" role="status">
        {unread === 0 ? "" : label}
      </span>
      {open ? <MentionsList inbox={inbox} onClose={() => setOpen(false)} /> : null}
    </span>
  );
}

interface ListProps {
  readonly inbox: MentionInbox;
  readonly onClose: () => void;
}

function MentionsList({ inbox, onClose }: ListProps): JSX.Element {
  const { go } = useWorkspace();
  const { t } = useNotesI18n();
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    root.current?.focus();
    const outside = (event: Event): void => {
      // The bell closes the list by its own click.
      const anchor = root.current?.parentElement;
      if (event.target instanceof Node && anchor?.contains(event.target) === false) onClose();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => {
      document.removeEventListener("pointerdown", outside, true);
      if (root.current?.contains(document.activeElement) && opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  const { list, failed } = inbox;
  const visit = (mention: Mention): void => {
    inbox.read([mention.id]);
    onClose();
    if (mention.conversation === null) return;
    if (mention.note !== null) showPanel(mention.conversation);
    if (mention.seq !== null) jumpTo(mention.conversation, mention.seq);
    go.open(mention.conversation);
  };
  return (
    <div
      class="menu bell-list"
      role="dialog"
      aria-label={t("bell.list")}
      tabIndex={-1}
      ref={root}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") onClose();
        const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
        if (step === 0) return;
        event.preventDefault();
        const items = [...(root.current?.querySelectorAll<HTMLElement>("button") ?? [])];
        const at = items.indexOf(document.activeElement as HTMLElement);
        items[(at + step + items.length) % items.length]?.focus();
      }}
    >
      <div class="bell-head">
        <h2>{t("bell.list")}</h2>
        <button type="button" class="icon-button" aria-label={t("bell.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {failed ? (
        <p class="quiet" role="alert">
          {t("bell.failed")}{" "}
          <button type="button" class="link" onClick={() => void inbox.load()}>
            {t("notes.retry")}
          </button>
        </p>
      ) : null}
      {list === null || list.items.length > 0 ? null : (
        <Empty icon="bell" title={t("bell.empty")} lead={t("bell.empty.lead")} />
      )}
      {list === null || list.unread === 0 ? null : (
        <button
          type="button"
          class="button is-small"
          onClick={() => {
            inbox.read(null);
            root.current?.focus(); // this button goes
          }}
        >
          {t("bell.read.all")}
        </button>
      )}
      <ul>
        {list?.items.map((mention) => (
          <li key={mention.id}>
            <Item mention={mention} onVisit={() => visit(mention)} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Item({ mention, onVisit }: { readonly mention: Mention; readonly onVisit: () => void }): JSX.Element {
  const { t, language } = useNotesI18n();
  const { t: common } = useI18n();
  const now = useNow(60_000);
  const { author, visitor, note, text, at, read } = mention;
  const names = { name: author.full_name, visitor: nameOf(visitor, language) };
  return (
    <button type="button" class={read ? "bell-item" : "bell-item is-unread"} onClick={onVisit}>
      <Face id={author.id} name={author.full_name} size="small" />
      <span class="bell-text">
        <span class="bell-where">
          <bdi>{t(note === null ? "bell.in.message" : "bell.in.note", names)}</bdi>
        </span>
        <span class="bell-snippet" dir="auto">
          {text}
        </span>
        <time title={exactly(at, language)}>{ago(at, now, language, timeTexts(common))}</time>
      </span>
      {read ? null : <span class="sr-only">{t("bell.new")}</span>}
    </button>
  );
}
