/** The inbox: rail, list, conversation and visitor panel, side by side as the width allows; and its shortcuts. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { onPreference, prefer, preferences, USUAL_WIDTHS, WIDTHS, within } from "../store/preferences";
import { titled } from "../store/notices";
import { otherOwner } from "../assistant/owner_button";
import { openBulk } from "../bulk/bar";
import { listed } from "../state/select";
import { extended, selectedOf } from "../bulk/selection";
import { unreadIn } from "../state/unread";
import { Icon } from "./parts/icons";
import { neighbour, type Stroke, stroke } from "./keyboard";
import { List } from "./list/list";
import { Panel } from "./panel";
import { SkipLinks } from "./parts/skip";
import { Rail } from "./rail";
import { panelAskedFor } from "./show_panel";
import { useSwipeBack } from "./phone/swipe";
import { compose } from "./thread/open_composer";
import { openForms } from "../forms/button";
import { openSearch } from "../search/asked";
import { toggleCopilot } from "../copilot/button";
import { lazy } from "./lazy";
import { openAssign } from "./thread/head";
import { ThreadPane } from "./thread/thread";
import type { CopilotPanelProps } from "../copilot/panel/panel";
import {
  type Workspace,
  useInboxState,
  useBothPanes,
  usePanelSheet,
  usePreferences,
  useWorkspace,
  useI18n,
} from "./hooks";

const CopilotPanel = lazy<CopilotPanelProps>(
  async () => (await import("../copilot/beside")).CopilotPanel,
  () => <aside class="pane panel-pane is-empty" aria-busy="true" />,
);

export function Inbox(): JSX.Element {
  const workspace = useWorkspace();
  const { t } = useI18n();
  const over = usePanelSheet();
  const wide = useBothPanes();
  const { open } = useInboxState();
  const { list_width, panel_width, panel: wanted } = usePreferences();
  const [sheet, setSheet] = useState(false);
  const shell = useRef<HTMLDivElement>(null);
  const [copilot, setCopilot] = useState(false);
  const side = open !== null && copilot; // in the place of the visitor's panel
  const panel = open !== null && !side && (over ? sheet : wanted);
  const hide = (): void => {
    setCopilot(false);
    setSheet(false);
  };
  const togglePanel = (): void => {
    setCopilot(false);
    if (over) setSheet(!panel);
    else prefer({ panel: !panel });
  };

  // One pane at a time: the one before is a swipe away.
  useSwipeBack(shell, wide || open === null ? null : side || panel ? hide : () => workspace.go.open(null));
  useKeyboard(workspace);
  useTitle(workspace, t("app.name"));
  useEffect(() => {
    setSheet(panelAskedFor(open));
    if (over) setCopilot(false);
  }, [open, over]);
  useEffect(() => {
    const toggle = (): void => setCopilot((now) => !now);
    addEventListener("parley:copilot", toggle);
    return () => removeEventListener("parley:copilot", toggle);
  }, []);
  useEffect(() => {
    const ask = (): void => {
      if (panelAskedFor(open)) setSheet(true);
    };
    addEventListener("parley:panel", ask);
    return () => removeEventListener("parley:panel", ask);
  }, [open]);
  useEffect(() => {
    shell.current?.style.setProperty("--list-width", `${within(list_width, WIDTHS.list, USUAL_WIDTHS.list)}px`);
    shell.current?.style.setProperty("--panel-width", `${within(panel_width, WIDTHS.panel, USUAL_WIDTHS.panel)}px`);
  }, [list_width, panel_width]);

  const beside = panel || side;
  const where = open === null ? "at-list" : beside && over ? "at-thread at-sheet" : "at-thread";
  return (
    <div class={`inbox ${where}${beside && !over ? " with-panel" : ""}`} ref={shell}>
      <SkipLinks
        to={[
          ...(open === null || wide ? [["conversations", t("skip.list")] as const] : []),
          ...(open === null ? [] : [["thread", t("skip.thread")] as const]),
        ]}
      />
      <LiveBanner />
      <Rail />
      <main class="panes">
        <h1 class="sr-only">
          {t("rail.inbox")} · <bdi>{workspace.project.name}</bdi>
        </h1>
        <List />
        <ThreadPane panel={panel} onPanel={togglePanel} />
      </main>
      {panel ? <Panel sheet={over} onClose={togglePanel} /> : null}
      {side ? <CopilotPanel key={open} conversation={open} sheet={over} onClose={() => setCopilot(false)} /> : null}
    </div>
  );
}

/** The banner for a lost connection. A short interruption shows nothing. */
function LiveBanner(): JSX.Element {
  const { store, go } = useWorkspace();
  const { t } = useI18n();
  const { live, ever } = useInboxState();
  const [overdue, setOverdue] = useState(false);
  const down = live !== "open";
  useEffect(() => {
    setOverdue(false);
    const timer = setTimeout(() => setOverdue(true), ever ? 1_200 : 4_000);
    return () => clearTimeout(timer);
  }, [down, ever]);
  const shown = down && (overdue || live === "offline" || live === "ended");
  return (
    <div class={shown ? `live-banner is-${live}` : "live-banner is-gone"} role="status">
      {!shown ? null : live === "ended" ? (
        <>
          <Icon name="alert" size={16} />
          {t("live.ended")}
          <button type="button" class="link" onClick={go.signOut}>
            {t("live.signin")}
          </button>
        </>
      ) : (
        <>
          {live === "offline" ? <Icon name="wifi_off" size={16} /> : <span class="spinner" />}
          {t(live === "connecting" && ever ? "live.waiting" : `live.${live}`)}
          {live === "waiting" ? (
            <button type="button" class="link" onClick={() => store.reconnectNow()}>
              {t("live.now")}
            </button>
          ) : null}
        </>
      )}
    </div>
  );
}

/** The tab's title shows the agent's unread count, also while the tab is hidden. */
function useTitle({ store, project }: Workspace, name: string): void {
  useEffect(() => {
    const write = (): void => {
      document.title = titled(`${project.name} · ${name}`, unreadIn(store.state, "waiting"));
    };
    write();
    const ends = [store.subscribe(write), onPreference(write)];
    return () => {
      for (const end of ends) end();
      document.title = name;
    };
  }, [store, project, name]);
}

function useKeyboard(workspace: Workspace): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      const within = (selector: string): boolean => target !== null && target.closest(selector) !== null;
      const writing = within("input:not([type=checkbox]), textarea, select, [contenteditable]");
      const single = preferences().shortcuts;
      const ctrl = event.ctrlKey || event.metaKey;
      const what = stroke({ key: event.key, ctrl, alt: event.altKey, shift: event.shiftKey, writing, single });
      // A focused control handles its own keys.
      const own = event.key === "Enter" || event.key.startsWith("Arrow");
      const marks = event.shiftKey && within(".rows");
      if (what === null || (own && !marks && within("a, button, summary, [role=separator], .timeline"))) return;
      // The browser's own Ctrl-A, unless the agent is in the list or has begun to select.
      if (what === "mark all" && !within("#conversations") && workspace.store.state.selected.size === 0) return;
      event.preventDefault();
      act(what, workspace);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [workspace.store, workspace.go]);
}

function act(what: Stroke, { store, go }: Workspace): void {
  const { state } = store;
  const row = state.open === null ? undefined : state.entries.get(state.open)?.conversation;
  const rows = listed(state);
  const ids = rows.map((one) => one.id);
  const chosen = selectedOf(state, rows);
  switch (what) {
    case "next":
    case "previous": {
      const to = neighbour(ids, state.open, what === "next" ? 1 : -1);
      return to === null ? undefined : go.open(to);
    }
    case "open":
      return state.open === null ? go.open(ids[0] ?? null) : compose("text");
    case "reply":
      return compose("text");
    case "note":
      return compose("note");
    case "assign":
      return chosen.length > 0 ? openBulk("assign") : openAssign();
    case "form":
      return openForms();
    case "solve":
      if (chosen.length > 0) return go.changeAll(chosen, { what: "status", status: "solved" });
      if (row === undefined) return;
      return go.status(row, row.status === "solved" || row.status === "spam" ? "open" : "solved");
    case "owner": {
      const to = row === undefined ? null : otherOwner(row);
      return row === undefined || to === null ? undefined : go.owner(row, to);
    }
    case "copilot":
      return state.open === null ? undefined : toggleCopilot();
    case "undo":
      return go.undo();
    case "mark": {
      const id = focusedRow() ?? state.cursor ?? state.open ?? ids[0];
      if (id === undefined) return;
      return store.dispatch({ type: "select", ids: [id], on: !state.selected.has(id), cursor: id });
    }
    case "mark next":
    case "mark previous": {
      const step = extended(state, rows, focusedRow() ?? state.open, what === "mark next" ? 1 : -1);
      return step === null ? undefined : store.dispatch(step);
    }
    case "mark all":
      return store.dispatch({ type: "select", ids, on: true, cursor: state.cursor });
    case "filter":
      return document.getElementById("list-filter")?.focus();
    case "search":
      return openSearch(go);
    case "palette":
    case "help":
      return go.dialog(what === "help" ? "keys" : "palette");
    case "back":
      return state.selected.size > 0 ? store.dispatch({ type: "select none" }) : go.open(null);
    default:
      return never(what);
  }
}

/** The row of the list that has the focus. */
function focusedRow(): string | undefined {
  return document.activeElement?.closest(".row-place")?.querySelector<HTMLElement>("[data-conversation]")?.dataset[
    "conversation"
  ];
}

function never(value: never): never {
  throw new Error(`not a stroke: ${String(value)}`);
}
