/** Ctrl-K: go to any conversation or do anything, by typing some of its name. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { isComposing } from "../../../ui/keys";
import { prefer, preferences } from "../../desk/preferences";
import { here, type Place, visit } from "../../places";
import { byRecency, folded, matches } from "../../state/select";
import { VIEWS } from "../../state/model";
import { nameOf } from "../../state/standins";
import type { Say } from "../../texts/say";
import { Modal } from "../parts/dialog";
import { Icon, type IconName } from "../parts/icons";
import { Face } from "../parts/small";
import { openAssign } from "../thread/head";
import { compose } from "../thread/composer";
import { type Room, useDeskState, useRoom, useWords } from "../use";

const MOST_CONVERSATIONS = 8;
const THEMES = ["system", "light", "dark"] as const;

interface Command {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  readonly keys?: string;
  readonly run: () => void;
}

export function PaletteDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const room = useRoom();
  const { say, language } = useWords();
  const state = useDeskState();
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
        .slice(0, MOST_CONVERSATIONS),
    [state.entries, query],
  );
  const actions = commands(room, say).filter((one) => folded(one.label).includes(query));
  const count = rows.length + actions.length;
  const at = Math.min(active, count - 1);

  const run = (index: number): void => {
    onClose();
    const row = rows[index];
    if (row !== undefined) room.go.open(row.id);
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
    <Modal label={say("rail.palette")} class="palette" onClose={onClose}>
      <label class="palette-input">
        <Icon name="search" />
        <input
          type="text"
          autofocus
          value={typed}
          placeholder={say("palette.placeholder")}
          role="combobox"
          aria-expanded="true"
          aria-label={say("palette.placeholder")}
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
      <div class="palette-list" id="palette-list" role="listbox" aria-label={say("rail.palette")} ref={list}>
        {rows.length > 0 ? (
          <p class="palette-group" role="presentation">
            {say("palette.conversations")}
          </p>
        ) : null}
        {rows.map((row, index) => (
          <Line key={row.id} index={index} active={at} onActive={setActive} onRun={run}>
            <Face id={row.visitor.id} name={nameOf(row.visitor, language)} size="small" online={row.visitor.online} />
            <span class="choice-label">
              <b>
                <bdi>{nameOf(row.visitor, language)}</bdi>
              </b>{" "}
              <bdi class="quiet">{row.snippet}</bdi>
            </span>
          </Line>
        ))}
        {actions.length > 0 ? (
          <p class="palette-group" role="presentation">
            {say("palette.commands")}
          </p>
        ) : null}
        {actions.map((one, index) => (
          <Line key={one.id} index={rows.length + index} active={at} onActive={setActive} onRun={run}>
            <Icon name={one.icon} />
            <span class="choice-label">{one.label}</span>
            {one.keys === undefined ? null : <kbd>{one.keys}</kbd>}
          </Line>
        ))}
        {count === 0 ? <p class="palette-none">{say("palette.none")}</p> : null}
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

function Line({ index, active, onActive, onRun, children }: LineProps): JSX.Element {
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

function commands(room: Room, say: Say): readonly Command[] {
  const { desk, go, projects, project, user } = room;
  const open = desk.state.open === null ? undefined : desk.state.entries.get(desk.state.open)?.conversation;
  const found: Command[] = [];
  if (open !== undefined) {
    const finished = open.status === "solved" || open.status === "spam";
    found.push(
      { id: "reply", icon: "reply", label: say("keys.reply"), keys: "R", run: () => compose("text") },
      { id: "note", icon: "note", label: say("keys.note"), keys: "N", run: () => compose("note") },
      { id: "me", icon: "user", label: say("assign.me"), run: () => void desk.assign(open.id, user.id) },
      { id: "assign", icon: "user", label: say("assign.to"), keys: "A", run: openAssign },
      {
        id: "solve",
        icon: "solve",
        label: say(finished ? "status.reopen" : "status.solve"),
        keys: "E",
        run: () => go.status(open, finished ? "open" : "solved"),
      },
      { id: "panel", icon: "panel", label: say("palette.panel"), run: () => prefer({ panel: !preferences().panel }) },
    );
  }
  for (const view of VIEWS) {
    found.push({
      id: view,
      icon: "inbox",
      label: say("palette.go", { name: say(`view.${view}`) }),
      run: () => {
        prefer({ view });
        desk.dispatch({ type: "view", view });
        if (here().name !== "inbox") go.open(null);
      },
    });
  }
  for (const one of projects) {
    if (one.id !== project.id)
      found.push({
        id: one.id,
        icon: "flag",
        label: say("palette.go", { name: one.name }),
        run: () => go.project(one.id),
      });
  }
  for (const [place, label] of places(room, say)) {
    found.push({
      id: JSON.stringify(place),
      icon: "gear",
      label: say("palette.go", { name: label }),
      run: () => visit(place),
    });
  }
  for (const theme of THEMES) {
    found.push({
      id: theme,
      icon: "sliders",
      label: say("palette.theme", { name: say(`settings.theme.${theme}`).toLowerCase() }),
      run: () => prefer({ theme }),
    });
  }
  found.push(
    { id: "settings", icon: "sliders", label: say("rail.settings"), run: () => go.dialog("settings") },
    { id: "keys", icon: "keyboard", label: say("rail.shortcuts"), keys: "?", run: () => go.dialog("keys") },
    { id: "out", icon: "signout", label: say("account.signout"), run: go.signOut },
  );
  return found;
}

/** Pages that are not the inbox, by the names that people would type. */
function places({ project, user }: Room, say: Say): readonly (readonly [Place, string])[] {
  const settings = (section: string): Place => ({ name: "project settings", project: project.id, section });
  const account = (section: string): Place => ({ name: "account", section });
  return [
    [account(""), say("rail.account")],
    [account("security"), say("palette.security")],
    [account("sessions"), say("palette.sessions")],
    [settings(""), say("rail.project")],
    [settings("domains"), say("palette.domains")],
    [settings("members"), say("palette.members")],
    [settings("invitations"), say("palette.invitations")],
    [settings("api-keys"), say("palette.keys")],
    [settings("audit"), say("palette.audit")],
    [{ name: "new project" }, say("project.new")],
    ...(user.is_admin ? [[{ name: "admin", section: "" }, say("rail.admin")] as const] : []),
  ];
}
