/** The message list with scroll anchoring: sticks to the end while the reader is there, and keeps the position when
 *  older messages arrive. */

import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { LiveTurn } from "../../assistant/live_turn";
import { watched } from "../../store/notices";
import { withForms } from "../../forms/live";
import { threadOf } from "../../state/threads";
import { nameOf } from "../../state/placeholder_names";
import { type Row, timeline } from "../../state/timeline";
import { dayName } from "../../state/times";
import type { State } from "../../state/model";
import { Icon } from "../parts/icons";
import { Dots, Empty, Face, timeTexts } from "../parts/components";
import { useNow, useWorkspace, type I18n } from "../hooks";
import { Bubble, ChangeLine, Pending } from "./bubble";
import { type Jump, useJump } from "./jump";

const NEAR_END = 80; // CSS pixels from the end that count as being at the end
const NEAR_START = 400;

interface TimelineProps {
  readonly id: string;
  readonly state: State;
  readonly i18n: I18n;
}

export function Timeline({ id, state, i18n }: TimelineProps): JSX.Element {
  const { store, user } = useWorkspace();
  const { t } = i18n;
  const thread = threadOf(state, id);
  const row = state.entries.get(id)?.conversation;
  const typist = state.typists.get(id);
  const rows = useMemo(() => timeline(withForms(thread, state.forms), user.id), [thread, state.forms, user.id]);
  const last_seq = thread.messages.at(-1)?.seq ?? 0;
  const newest = thread.replies.at(-1)?.ref ?? thread.messages.at(-1)?.id ?? "";
  const scroll = useScroll(rows, newest, thread.replies.length);
  const jump = useJump(id, thread, { box: scroll.box, older: () => store.older(id), moved: scroll.moved });

  // Messages count as read when the list is at the end and the tab has the focus; on the way to another one they do
  // not.
  const look = useCallback(() => {
    if (watched() && scroll.atEnd.current && !jump.under_way && last_seq > 0) store.out.markSeen(id, last_seq);
  }, [store, id, last_seq, row?.read_seq, jump.under_way]);
  useEffect(() => {
    look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [look]);

  useEffect(() => {
    const element = scroll.box.current;
    const short = element !== null && element.scrollHeight <= element.clientHeight + NEAR_START;
    if (thread.loaded && thread.older && thread.loading === "idle" && short) store.older(id);
  }, [thread]);

  const visitor = row === undefined ? "" : nameOf(row.visitor, i18n.language);
  const shown = useShown(
    rows,
    state.filling,
    row?.visitor_read_seq ?? 0,
    thread.delivered,
    state.live !== "open",
    id,
    visitor,
    jump.found,
    state.translating.has(id),
    i18n,
  );
  if (!thread.loaded && thread.loading === "failed" && thread.replies.length === 0) {
    return (
      <Empty icon="alert" title={t("thread.failed")}>
        <button type="button" class="button" onClick={() => store.older(id)}>
          {t("retry")}
        </button>
      </Empty>
    );
  }
  return (
    <div class="timeline-place">
      <div
        class="timeline"
        data-skip-target
        ref={scroll.box}
        tabIndex={0}
        role="log"
        aria-label={t("thread.label")}
        onScroll={(event) => {
          scroll.moved();
          look();
          if (event.currentTarget.scrollTop < NEAR_START && thread.older && thread.loading === "idle") store.older(id);
        }}
      >
        <div class="timeline-rows">
          <Start thread={thread} i18n={i18n} onRetry={() => store.older(id)} />
          {thread.loaded || thread.replies.length > 0 ? shown : <Bones />}
          {state.streams.turns.map((turn) => (
            <LiveTurn key={turn.turn} conversation={id} turn={turn} />
          ))}
          {typist === undefined || typist.who.party !== "visitor" ? null : (
            <div class="said is-theirs is-first is-last is-typing">
              <Face id={typist.who.id} name={visitor} size="small" />
              <div class="said-body">
                <p class="bubble">
                  <Dots />
                  <span class="sr-only">{t("typing.one", { name: visitor })}</span>
                </p>
              </div>
            </div>
          )}
        </div>
      </div>
      {scroll.away ? (
        <button
          type="button"
          class={`jump${scroll.fresh ? " is-fresh" : ""}`}
          onClick={scroll.toEnd}
          aria-label={t(scroll.fresh ? "thread.jump" : "thread.latest")}
        >
          {scroll.fresh ? t("thread.jump") : null}
          <Icon name="arrow_down" size={16} />
        </button>
      ) : null}
    </div>
  );
}

/** The rows as elements; rendered again only when a message, a read mark or the minute has changed, not on typing
 *  signals. */
function useShown(
  rows: readonly Row[],
  filling: State["filling"],
  visitor_read: number,
  delivered: number,
  waiting: boolean,
  id: string,
  visitor: string,
  found: Jump["found"],
  translate: boolean,
  i18n: I18n,
): readonly JSX.Element[] {
  const { store, user } = useWorkspace();
  const now = useNow(60_000);
  return useMemo(() => {
    const newest = rows.reduce((last, row) => (row.type === "message" ? row.message.seq : last), 0);
    return rows.map((row) => {
      switch (row.type) {
        case "day":
          return (
            <p class="day" key={row.key}>
              <span>{dayName(row.at, now, i18n.language, timeTexts(i18n.t))}</span>
            </p>
          );
        case "new":
          return (
            <p class="new" key={row.key}>
              <span>{i18n.t("thread.new")}</span>
            </p>
          );
        case "change":
          return <ChangeLine key={row.key} change={row.change} me={user.id} visitor={visitor} i18n={i18n} />;
        case "message":
          return (
            <Bubble
              key={row.key}
              conversation={id}
              newest={row.message.seq === newest}
              delivered={row.message.seq <= delivered}
              message={row.message}
              filling={filling.has(row.message.id)}
              first={row.first}
              last={row.last}
              mine={row.message.author.id === user.id}
              seen={row.message.seq <= visitor_read}
              visitor={visitor}
              found={row.message.seq === found}
              translate={translate}
              i18n={i18n}
            />
          );
        case "reply":
          return (
            <Pending
              key={row.key}
              reply={row.reply}
              first={row.first}
              last={row.last}
              me={user}
              waiting={waiting}
              i18n={i18n}
              onRetry={() => store.out.retry(id, row.reply)}
              onDiscard={() => store.dispatch({ type: "discard", conversation: id, ref: row.reply.ref })}
            />
          );
        default:
          return never(row);
      }
    });
  }, [rows, filling, visitor_read, delivered, waiting, id, visitor, found, translate, i18n, now, store, user]);
}

/** Keeps the scroll position while rows are added at either end. */
function useScroll(rows: readonly Row[], newest: string, replies: number) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ height: 0, top: 0, first: "", newest: "", replies: 0, box: 0 });
  const [away, setAway] = useState(false);
  const [fresh, setFresh] = useState(false);

  const moved = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    // A change of the box is not a scroll of the agent: stay at the end.
    if (atEnd.current && element.clientHeight !== before.current.box) element.scrollTop = element.scrollHeight;
    before.current.box = element.clientHeight;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    atEnd.current = distance < NEAR_END;
    before.current.top = element.scrollTop;
    setAway(distance > 300);
    if (atEnd.current) setFresh(false);
  }, []);
  const toEnd = useCallback(() => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior: calm ? "auto" : "smooth" });
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const was = before.current;
    const first = rows.find((row) => row.type === "message")?.key ?? "";
    const said_something = replies > was.replies;
    if (atEnd.current || said_something) element.scrollTop = element.scrollHeight;
    else if (was.first !== "" && first !== was.first) element.scrollTop = was.top + element.scrollHeight - was.height;
    else if (newest !== was.newest) setFresh(true);
    before.current = { ...was, height: element.scrollHeight, top: element.scrollTop, first, newest, replies };
    moved();
  });

  // The composer grew, the window shrank, or a translation made a message taller: stay at the end.
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
      before.current.box = element.clientHeight;
    });
    observer.observe(element);
    if (element.firstElementChild !== null) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return { box, atEnd, moved, toEnd, away, fresh };
}

interface StartProps {
  readonly thread: ReturnType<typeof threadOf>;
  readonly i18n: I18n;
  readonly onRetry: () => void;
}

function Start({ thread, i18n: { t }, onRetry }: StartProps): JSX.Element | null {
  if (thread.loading === "failed") {
    return (
      <p class="line" role="alert">
        {t(thread.loaded ? "thread.older.failed" : "thread.failed")}{" "}
        <button type="button" class="link" onClick={onRetry}>
          {t("retry")}
        </button>
      </p>
    );
  }
  if (!thread.loaded) return null;
  if (thread.older)
    return (
      <p class="line">
        <span class="spinner" />
        <span class="sr-only">{t("thread.older")}</span>
      </p>
    );
  return <p class="line is-start">{t(thread.messages.length === 0 ? "thread.empty" : "thread.start")}</p>;
}

function Bones(): JSX.Element {
  return (
    <div class="thread-bones" aria-hidden="true">
      <i class="bone is-bubble" />
      <i class="bone is-bubble is-short" />
      <i class="bone is-bubble is-right" />
      <i class="bone is-bubble" />
      <i class="bone is-bubble is-right is-short" />
    </div>
  );
}

function never(value: never): never {
  throw new Error(`not a row: ${JSON.stringify(value)}`);
}
