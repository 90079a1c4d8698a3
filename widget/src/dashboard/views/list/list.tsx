/** The left pane: views, filter and conversations. Virtualised: only the visible rows are in the DOM. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { prefer, preferences, USUAL_WIDTHS, WIDTHS } from "../../store/preferences";
import { SelectionBar } from "../../bulk/bar";
import { filterOf, inOrder, keyOf, viewOf } from "../../state/filter";
import { type Conversation, horizonOf, type State } from "../../state/model";
import { range, selectedOf } from "../../bulk/selection";
import { openSearch } from "../../search/asked";
import { listed } from "../../state/select";
import { Icon } from "../parts/icons";
import { FirstSteps } from "../../first_steps/lazy";
import { useNeverUsed } from "../../first_steps/never_used";
import { Empty, IconButton } from "../parts/components";
import { Splitter } from "../parts/splitter";
import { useBothPanes, useInboxState, usePreferences, useWorkspace, useI18n, type I18n } from "../hooks";
import { Conditions } from "./conditions";
import { FilterButton } from "./filter_menu";
import { destination, stopIndex } from "./roving";
import { ROW_HEIGHT, Row } from "./row";
import { Views } from "./views";

const OVERSCAN = 6; // extra rows rendered above and below the visible ones (overscan)

export function List(): JSX.Element {
  const { store, go } = useWorkspace();
  const { list_width } = usePreferences();
  const i18n = useI18n();
  const { t } = i18n;
  const state = useInboxState();
  const { entries, view, query, horizons, open, selected } = state;
  const rows = useMemo(() => listed(state), [entries, view, query, horizons, open]);
  const chosen = useMemo(() => selectedOf(state, rows), [rows, selected]);
  const [selecting, setSelecting] = useState(false); // the checkboxes are shown, also before one is checked
  const marking = selecting || chosen.length > 0;
  const filter = useRef<HTMLInputElement>(null);

  return (
    <section class="pane list-pane" id="conversations" tabIndex={-1} aria-label={t("list.label")}>
      <header class="list-head">
        <Views
          state={state}
          onPick={(next) => {
            const preset = viewOf(next);
            if (preset === next) prefer({ view: preset });
            store.dispatch({ type: "view", view: inOrder(next, preferences().waiting) });
          }}
        />
        {marking ? (
          <SelectionBar rows={rows} selected={chosen} begun={selecting} onEnd={() => setSelecting(false)} />
        ) : null}
        <p class="sr-only" role="status">
          {chosen.length === 0 ? "" : t("bulk.selected", { n: chosen.length })}
        </p>
        <div class="list-tools" hidden={marking}>
          <label class="filter">
            <Icon name="search" size={16} />
            <input
              ref={filter}
              id="list-filter"
              type="text"
              value={query}
              placeholder={t("list.filter.placeholder")}
              aria-label={t("list.filter")}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => store.dispatch({ type: "query", query: event.currentTarget.value })}
              onKeyDown={(event) => {
                if (isComposing(event)) return;
                if (event.key === "Enter" && query.trim() !== "") {
                  event.preventDefault();
                  openSearch(go, query);
                }
                if (event.key !== "Escape") return;
                store.dispatch({ type: "query", query: "" });
                filter.current?.blur();
              }}
            />
            {query === "" ? (
              <kbd>/</kbd>
            ) : (
              <IconButton
                icon="close"
                label={t("list.filter.clear")}
                class="is-small"
                onClick={() => store.dispatch({ type: "query", query: "" })}
              />
            )}
          </label>
          <IconButton
            icon="unread"
            label={t("list.unread")}
            pressed={filterOf(view).unread}
            onClick={() =>
              store.dispatch({ type: "view", view: keyOf({ ...filterOf(view), unread: !filterOf(view).unread }) })
            }
          />
          <FilterButton />
          <IconButton icon="select" label={t("bulk.start")} onClick={() => setSelecting(true)} />
        </div>
        <Conditions />
      </header>
      <Rows rows={rows} state={state} i18n={i18n} marking={marking} onOpen={(id) => go.open(id)} />
      <Splitter
        label={t("resize.list")}
        value={list_width}
        {...WIDTHS.list}
        usual={USUAL_WIDTHS.list}
        grows={1}
        onChange={(value) => prefer({ list_width: value })}
      />
    </section>
  );
}

interface RowsProps {
  readonly rows: readonly Conversation[];
  readonly state: State;
  readonly i18n: I18n;
  readonly marking: boolean;
  readonly onOpen: (id: string) => void;
}

function Rows({ rows, state, i18n, marking, onOpen }: RowsProps): JSX.Element {
  const { store, project } = useWorkspace();
  const { t, language } = i18n;
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(800);
  // the row with the tab stop (roving tabindex); arrow keys move it
  const [stop, setStop] = useState<string | null>(null);
  const wanted = useRef<string | null>(null); // the row that takes the focus once it is in the DOM
  const horizon = horizonOf(state);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN);
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW_HEIGHT) + OVERSCAN);
  const at = rows.findIndex((row) => row.id === state.open);
  const stopAt = stopIndex(rows, [stop, state.open], Math.ceil(top / ROW_HEIGHT));

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // A new view or filter starts at the top.
  useLayoutEffect(() => scroller.current?.scrollTo(0, 0), [state.view, state.query]);

  // Near the end of the rows: load the next page, also when the filter left too few rows to scroll.
  useEffect(() => {
    if (last >= rows.length - OVERSCAN && state.query === "") store.more();
  }, [last, rows.length, horizon, state.query]);

  // Moving with j and k scrolls the open row into view.
  useLayoutEffect(() => {
    if (at >= 0) show(scroller.current, at);
    setStop(state.open);
  }, [state.open]);

  // So does moving the selection.
  useLayoutEffect(() => {
    const index = state.cursor === null ? -1 : rows.findIndex((row) => row.id === state.cursor);
    if (index < 0) return;
    show(scroller.current, index);
    setStop(state.cursor);
    if (scroller.current?.contains(document.activeElement) === true) wanted.current = state.cursor;
  }, [state.cursor]);

  useLayoutEffect(() => {
    const id = wanted.current;
    const row = id === null ? null : scroller.current?.querySelector<HTMLElement>(`[data-conversation="${id}"]`);
    if (row == null) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });

  const mark = (id: string, on: boolean, far: boolean): void => {
    const ids = far ? range(rows, state.cursor, id) : [id];
    store.dispatch({ type: "select", ids, on, cursor: id });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = destination(event.key, stopAt, rows.length, Math.max(1, Math.floor(height / ROW_HEIGHT) - 1));
    const row = to === null ? undefined : rows[to];
    if (to === null || row === undefined) return;
    event.preventDefault();
    wanted.current = row.id;
    setStop(row.id);
    show(scroller.current, to);
  };

  const { status } = filterOf(state.view);
  const indices = new Set<number>([stopAt]); // the row with the tab stop is always rendered
  for (let index = first; index < last; index++) indices.add(index);
  const seen: JSX.Element[] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const row = rows[index];
    if (row === undefined) continue;
    seen.push(
      <Row
        key={row.id}
        row={row}
        index={index}
        count={horizon.end ? rows.length : -1}
        open={row.id === state.open}
        status={status}
        selected={marking ? state.selected.has(row.id) : null}
        onMark={mark}
        me={state.me}
        typist={state.typists.get(row.id)?.who ?? null}
        tabStop={index === stopAt}
        onStop={setStop}
        t={t}
        language={language}
        href={`/app/p/${project.id}/c/${row.id}`}
        onOpen={onOpen}
      />,
    );
  }
  return (
    <div class="rows" ref={scroller} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      {rows.length > 0 ? (
        <ul class="rows-all" style={{ height: `${rows.length * ROW_HEIGHT}px` }} onKeyDown={onKeyDown}>
          {seen}
        </ul>
      ) : null}
      <Below rows={rows} state={state} i18n={i18n} />
    </div>
  );
}

/** Scrolls as little as needed to show the row at `index`. */
function show(element: HTMLElement | null, index: number): void {
  if (element === null) return;
  const start = index * ROW_HEIGHT;
  if (start < element.scrollTop) element.scrollTop = start;
  else if (start + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
    element.scrollTop = start + ROW_HEIGHT - element.clientHeight;
  }
}

/** Shown below the rows or instead of them: loading, failure, empty state. */
function Below({ rows, state, i18n: { t } }: Omit<RowsProps, "onOpen" | "marking">): JSX.Element | null {
  const { store, go } = useWorkspace();
  const unused = useNeverUsed();
  const wide = useBothPanes();
  const { loaded, loading, end } = horizonOf(state);
  if (loading === "failed") {
    return (
      <div class="list-failed" role="alert">
        <p>
          <Icon name="alert" size={16} />
          {t(loaded ? "list.more.failed" : "list.failed")}
        </p>
        <button type="button" class="button is-small" onClick={() => store.reload()}>
          {t("retry")}
        </button>
      </div>
    );
  }
  if (!loaded || (!end && loading === "busy")) return <Skeletons count={loaded ? 2 : 7} />;
  if (rows.length > 0) return null;
  if (state.query !== "") {
    return (
      <Empty
        icon="search"
        title={t("list.empty.query", { text: state.query })}
        lead={t("list.empty.query.lead", { n: state.entries.size })}
      >
        <button type="button" class="button is-small" onClick={() => openSearch(go, state.query)}>
          {t("search")}
        </button>
      </Empty>
    );
  }
  const { unread, has_form, has_note, waiting } = filterOf(state.view);
  if (waiting) return <Empty icon="check" title={t("list.empty.waiting")} lead={t("list.empty.waiting.lead")} />;
  if (unread && !has_form && !has_note)
    return <Empty icon="check" title={t("list.empty.unread")} lead={t("list.empty.unread.lead")} />;
  if (state.view === "open")
    return (
      <>
        <Empty icon="chats" title={t("list.empty.open")} lead={t("list.empty.open.lead")} />
        {unused && !wide ? <FirstSteps /> : null}
      </>
    );
  if (state.view === "mine") return <Empty icon="user" title={t("list.empty.mine")} lead={t("list.empty.mine.lead")} />;
  if (viewOf(state.view) !== state.view)
    return <Empty icon="funnel" title={t("list.empty.filter")} lead={t("list.empty.filter.lead")} />;
  return <Empty icon="inbox" title={t("list.empty.other")} lead={t("list.empty.other.lead")} />;
}

function Skeletons({ count }: { readonly count: number }): JSX.Element {
  return (
    <div class="skeletons" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <div class="skeleton-row" key={index}>
          <i class="bone is-round" />
          <span>
            <i class="bone" />
            <i class="bone is-long" />
          </span>
        </div>
      ))}
    </div>
  );
}
