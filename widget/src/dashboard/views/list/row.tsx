/** One row of the conversation list: visitor, last message and its author, age, unread count. */

import type { JSX } from "preact";

import { parse, plainText } from "../../../ui/markdown";
import { AssistantMark } from "../../assistant/row_mark";
import { type Filter, waitingSince } from "../../state/filter";
import type { Conversation, Person } from "../../state/model";
import { nameOf } from "../../state/placeholder_names";
import { ago, exactly } from "../../state/times";
import type { Language, Translate } from "../../texts/i18n";
import { Icon } from "../parts/icons";
import { Dots, Face, timeTexts } from "../parts/components";
import { useNow } from "../hooks";

export const ROW_HEIGHT = 76; // CSS pixels, as .row in styles/list.css

interface RowProps {
  readonly row: Conversation;
  readonly index: number;
  readonly count: number; // -1: not known yet
  readonly open: boolean;
  readonly status: Filter["status"]; // that all rows of the list have
  readonly me: string;
  readonly typist: Person | null;
  readonly tabStop: boolean;
  readonly t: Translate;
  readonly language: Language;
  readonly href: string;
  readonly onOpen: (id: string) => void;
  readonly onStop: (id: string) => void;
  readonly selected: boolean | null; // null: rows are not being selected
  /** `far`: with all rows from the one that was selected last. */
  readonly onMark: (id: string, on: boolean, far: boolean) => void;
}

export function Row(props: RowProps): JSX.Element {
  const { row, index, count, open, status, me, typist, tabStop, t, language, href, onOpen, onStop } = props;
  const { selected, onMark } = props;
  const now = useNow();
  const { visitor, assignee } = row;
  const name = nameOf(visitor, language);
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey) return; // opening a new tab is left to the browser
    event.preventDefault();
    if (selected !== null && event.shiftKey) return onMark(row.id, true, true);
    onOpen(row.id);
  };
  const tells_status = row.status !== "open" && status !== row.status;
  return (
    <li
      class={`row-place${selected === null ? "" : " is-marking"}${selected === true ? " is-selected" : ""}`}
      aria-setsize={count}
      aria-posinset={index + 1}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
    >
      <label class="row-mark">
        <input
          type="checkbox"
          checked={selected === true}
          tabIndex={selected !== null && tabStop ? 0 : -1}
          aria-label={t("bulk.one", { name })}
          onClick={(event) => onMark(row.id, event.currentTarget.checked, event.shiftKey)}
        />
      </label>
      <a
        class={`row${open ? " is-open" : ""}${row.unread > 0 ? " is-unread" : ""}`}
        href={href}
        onClick={follow}
        aria-current={open ? "true" : undefined}
        data-conversation={row.id}
        tabIndex={tabStop ? 0 : -1}
        onFocus={() => onStop(row.id)}
      >
        <Face id={visitor.id} name={name} online={visitor.online} />
        <span class="row-text">
          <span class="row-top">
            <span class="row-name">
              <bdi>{name}</bdi>
              {visitor.verified ? (
                <span class="row-verified" role="img" aria-label={t("panel.verified")}>
                  <Icon name="shield" size={12} />
                </span>
              ) : null}
            </span>
            {row.owner === "assistant" ? <AssistantMark label={t("ai")} /> : null}
            {row.has_note === true ? (
              <span class="row-noted" role="img" aria-label={t("list.noted")} title={t("list.noted")}>
                <Icon name="note" size={13} />
              </span>
            ) : null}
            <time class="row-time" title={exactly(row.last_message_at, language)}>
              {ago(row.last_message_at, now, language, timeTexts(t))}
            </time>
          </span>
          <span class="row-bottom">
            {typist !== null ? (
              <span class="row-typing">
                <Dots />
                {typist.party === "visitor"
                  ? t("list.typing")
                  : t("list.typing.agent", { name: typist.name || t("assistant") })}
              </span>
            ) : (
              <Snippet row={row} me={me} t={t} />
            )}
            <Waiting row={row} now={now} t={t} language={language} />
            {tells_status ? <span class={`chip status-${row.status}`}>{t(`status.${row.status}`)}</span> : null}
            {assignee !== null && assignee.id !== me ? (
              <span class="row-assignee" title={t("change.assigned", { name: assignee.full_name })}>
                <Face id={assignee.id} name={assignee.full_name} size="tiny" />
              </span>
            ) : null}
            {row.unread > 0 ? (
              <span class="badge" role="img" aria-label={t("list.unread.count", { n: row.unread })}>
                {row.unread > 99 ? "99+" : row.unread}
              </span>
            ) : null}
          </span>
        </span>
        <span class="sr-only">
          {t(visitor.online ? "online" : "offline")}
          {selected === true ? `, ${t("bulk.is")}` : ""}
        </span>
      </a>
    </li>
  );
}

const LONG_WAIT = 10 * 60_000; // ms

/** How long the visitor has waited for an answer. */
function Waiting({
  row,
  now,
  t,
  language,
}: Pick<RowProps, "row" | "t" | "language"> & { readonly now: number }): JSX.Element | null {
  const since = waitingSince(row);
  if (since === null || now - since < 60_000) return null;
  const age = ago(since, now, language, timeTexts(t));
  const said = t("list.waits", { time: age });
  return (
    <span class={now - since < LONG_WAIT ? "row-wait" : "row-wait is-long"} role="img" aria-label={said} title={said}>
      <Icon name="clock" size={12} />
      {age}
    </span>
  );
}

/** The last message; its author is shown only when it is not the visitor. */
function Snippet({ row, me, t }: Pick<RowProps, "row" | "me" | "t">): JSX.Element {
  const last = row.last_message ?? null;
  const { party = "", id = "", name = "" } = last?.author ?? {};
  const by = party === "assistant" ? t("ai") : party !== "agent" ? null : id === me ? t("you") : name;
  // Names of files may have what looks like marks.
  const marked = (party === "agent" || party === "assistant") && last?.kind !== "attachment";
  return (
    <span class="row-snippet">
      {last?.kind === "note" ? (
        <span class="row-note">
          <Icon name="note" size={13} />
          <span class="sr-only">{t("note")}</span>
        </span>
      ) : null}
      {last?.kind === "attachment" && !last.redacted ? (
        <span class="row-files" role="img" aria-label={t("list.files")}>
          <Icon name="clip" size={13} />
        </span>
      ) : null}
      {by === null ? null : (
        <span class="row-by">
          <bdi>{by}</bdi>:{" "}
        </span>
      )}
      <bdi>{last?.redacted ? t("removed") : marked ? plainText(parse(row.snippet)) : row.snippet}</bdi>
    </span>
  );
}
