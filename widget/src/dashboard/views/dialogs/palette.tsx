/** The command palette (Ctrl-K): finds conversations and commands by name. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { type Translate as AssistantTranslate, useAssistantI18n } from "../../assistant/i18n";
import { otherOwner } from "../../assistant/owner_button";
import { prefer, preferences } from "../../store/preferences";
import { openSearch } from "../../search/asked";
import { currentRoute, type Route, navigate } from "../../router";
import type { Conversation } from "../../state/model";
import { byRecency, folded, matches } from "../../state/select";
import { VIEWS } from "../../state/filter";
import { nameOf } from "../../state/placeholder_names";
import type { Translate } from "../../texts/i18n";
import { Modal } from "../parts/dialog";
import { Icon, type IconName } from "../parts/icons";
import { Face } from "../parts/components";
import { openAssign } from "../thread/head";
import { compose } from "../thread/open_composer";
import { type Workspace, useInboxState, useWorkspace, useI18n } from "../hooks";

const MAX_CONVERSATIONS = 8;
const THEMES = ["system", "light", "dark"] as const;

interface Command {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  readonly also?: string; // words that find it too
  readonly keys?: string;
  readonly run: () => void;
}

export function PaletteDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const workspace = useWorkspace();
  const { t, language } = useI18n();
  const { t: ofAssistant } = useAssistantI18n();
  const state = useInboxState();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const query = folded(typed);
  const rows = useMemo(
    () =>
      [...state.entries.values()]
        .map((entry) => entry.conversation)
        .filter((row) => matches(row, query))
        .sort(byRecency)
        .slice(0, MAX_CONVERSATIONS),
    [state.entries, query],
  );
  const actions = commands(workspace, t, ofAssistant).filter((one) =>
    folded(`${one.label} ${one.also ?? ""}`).includes(query),
  );
  // What the palette does not know is searched for; with nothing typed that comes first.
  const search: Command = {
    id: "search",
    icon: "search",
    label: query === "" ? t("search") : t("search.for", { text: typed.trim() }),
    keys: "S",
    run: () => openSearch(workspace.go, query === "" ? undefined : typed),
  };
  if (query === "") actions.unshift(search);
  else actions.push(search);
  const count = rows.length + actions.length;
  const at = Math.min(active, count - 1);

  const run = (index: number): void => {
    onClose();
    const row = rows[index];
    if (row !== undefined) workspace.go.open(row.id);
    else actions[index - rows.length]?.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isComposing(event)) return;
    if (event.key === "ArrowDown") setActive((at + 1) % Math.max(1, count));
    else if (event.key === "ArrowUp") setActive((at - 1 + count) % Math.max(1, count));
    else if (event.key === "Enter") run(at);
    else return;
    event.preventDefault();
  };
  useEffect(() => list.current?.querySelector(".is-active")?.scrollIntoView({ block: "nearest" }), [at]);

  return (
    <Modal label={t("rail.palette")} class="palette" onClose={onClose}>
      <label class="palette-input">
        <Icon name="search" />
        <input
          type="text"
          autofocus
          value={typed}
          placeholder={t("palette.placeholder")}
          role="combobox"
          aria-expanded="true"
          aria-label={t("palette.placeholder")}
          aria-controls="palette-list"
          autocomplete="off"
          spellcheck={false}
          aria-activedescendant={count > 0 ? `palette-${at}` : undefined}
          onKeyDown={onKeyDown}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setActive(0);
          }}
        />
        <kbd>Esc</kbd>
      </label>
      <div class="palette-list" id="palette-list" role="listbox" aria-label={t("rail.palette")} ref={list}>
        {rows.length > 0 ? (
          <p class="palette-group" role="presentation">
            {t("palette.conversations")}
          </p>
        ) : null}
        {rows.map((row, index) => (
          <Connection key={row.id} index={index} active={at} onActive={setActive} onRun={run}>
            <Face id={row.visitor.id} name={nameOf(row.visitor, language)} size="small" online={row.visitor.online} />
            <span class="choice-label">
              <b>
                <bdi>{nameOf(row.visitor, language)}</bdi>
              </b>{" "}
              <bdi class="quiet">{row.snippet}</bdi>
            </span>
          </Connection>
        ))}
        {actions.length > 0 ? (
          <p class="palette-group" role="presentation">
            {t("palette.commands")}
          </p>
        ) : null}
        {actions.map((one, index) => (
          <Connection key={one.id} index={rows.length + index} active={at} onActive={setActive} onRun={run}>
            <Icon name={one.icon} />
            <span class="choice-label">{one.label}</span>
            {one.keys === undefined ? null : <kbd>{one.keys}</kbd>}
          </Connection>
        ))}
      </div>
    </Modal>
  );
}

interface LineProps {
  readonly index: number;
  readonly active: number;
  readonly onActive: (index: number) => void;
  readonly onRun: (index: number) => void;
  readonly children: JSX.Element | (JSX.Element | null)[];
}

function Connection({ index, active, onActive, onRun, children }: LineProps): JSX.Element {
  return (
    // biome-ignore lint/a11y: the field keeps the focus and the keys, aria-activedescendant points here
    <div
      id={`palette-${index}`}
      role="option"
      aria-selected={index === active}
      class={`choice${index === active ? " is-active" : ""}`}
      onPointerMove={() => onActive(index)}
      onClick={() => onRun(index)}
    >
      {children}
    </div>
  );
}

/** Takes the conversation over from the assistant, or gives it back. */
function ownerCommand({ go }: Workspace, row: Conversation, t: AssistantTranslate): readonly Command[] {
  const to = otherOwner(row);
  if (to === null) return [];
  const label = t(to === "person" ? "take" : "give");
  return [{ id: "owner", icon: "assistant", label, keys: "T", run: () => go.owner(row, to) }];
}

function commands(workspace: Workspace, t: Translate, ofAssistant: AssistantTranslate): readonly Command[] {
  const { store, go, projects, project, user } = workspace;
  const open = store.state.open === null ? undefined : store.state.entries.get(store.state.open)?.conversation;
  const found: Command[] = [];
  if (open !== undefined) {
    const finished = open.status === "solved" || open.status === "spam";
    found.push(
      { id: "reply", icon: "reply", label: t("keys.reply"), keys: "R", run: () => compose("text") },
      { id: "note", icon: "note", label: t("keys.note"), keys: "N", run: () => compose("note") },
      { id: "me", icon: "user", label: t("assign.me"), run: () => void store.assign(open.id, user.id) },
      { id: "assign", icon: "user", label: t("assign.to"), keys: "A", run: openAssign },
      {
        id: "solve",
        icon: "solve",
        label: t(finished ? "status.reopen" : "status.solve"),
        keys: "E",
        run: () => go.status(open, finished ? "open" : "solved"),
      },
      ...ownerCommand(workspace, open, ofAssistant),
      { id: "panel", icon: "panel", label: t("palette.panel"), run: () => prefer({ panel: !preferences().panel }) },
    );
  }
  for (const view of VIEWS) {
    found.push({
      id: view,
      icon: "inbox",
      label: t("palette.go", { name: t(`view.${view}`) }),
      run: () => {
        prefer({ view });
        store.dispatch({ type: "view", view });
        if (currentRoute().name !== "inbox") go.open(null);
      },
    });
  }
  for (const one of projects) {
    if (one.id !== project.id)
      found.push({
        id: one.id,
        icon: "flag",
        label: t("palette.go", { name: one.name }),
        run: () => go.project(one.id),
      });
  }
  for (const [route, label, also = ""] of routes(workspace, t)) {
    found.push({
      id: JSON.stringify(route),
      icon: "gear",
      label: t("palette.go", { name: label }),
      also,
      run: () => navigate(route),
    });
  }
  for (const theme of THEMES) {
    found.push({
      id: theme,
      icon: "sliders",
      label: t("palette.theme", { name: t(`settings.theme.${theme}`).toLowerCase() }),
      run: () => prefer({ theme }),
    });
  }
  found.push(
    { id: "settings", icon: "sliders", label: t("rail.settings"), run: () => go.dialog("settings") },
    { id: "keys", icon: "keyboard", label: t("rail.shortcuts"), keys: "?", run: () => go.dialog("keys") },
    { id: "out", icon: "signout", label: t("account.signout"), run: go.signOut },
  );
  return found;
}

/** Routes other than the inbox, by the names that users would type. */
function routes(
  { project, user }: Workspace,
  t: Translate,
): readonly (readonly [to: Route, label: string, also?: string])[] {
  const settings = (section: string): Route => ({ name: "project settings", project: project.id, section });
  const account = (section: string): Route => ({ name: "account", section });
  return [
    [{ name: "copilot", project: project.id, place: "" }, t("copilot")],
    [account(""), t("rail.account")],
    [account("security"), t("palette.security"), t("palette.security.also")],
    [account("sessions"), t("palette.sessions")],
    [settings(""), t("rail.project")],
    [settings("domains"), t("palette.domains")],
    [settings("members"), t("palette.members")],
    [settings("invitations"), t("palette.invitations")],
    [settings("knowledge"), t("palette.knowledge"), t("palette.knowledge.also")],
    [settings("api-keys"), t("palette.keys")],
    [settings("audit"), t("palette.audit")],
    [{ name: "new project" }, t("project.new")],
    ...(user.is_admin ? [[{ name: "admin", section: "" }, t("rail.admin")] as const] : []),
  ];
}
