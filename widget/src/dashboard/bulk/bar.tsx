/** The bar above the list while conversations are selected: how many, and what to do with them. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { type Conversation, STATUSES } from "../state/model";
import { Icon } from "../views/parts/icons";
import { type Choice, Menu } from "../views/parts/menu";
import { Face, IconButton } from "../views/parts/components";
import { useI18n, useInboxState, useWorkspace } from "../views/hooks";

const FILTER_FROM = 8; // number of teammates from which the menu has a filter

interface BarProps {
  readonly rows: readonly Conversation[]; // the listed ones
  readonly selected: readonly Conversation[];
  readonly begun: boolean; // by its button, which goes: the bar takes the focus
  readonly onEnd: () => void;
}

export function SelectionBar({ rows, selected, begun, onEnd }: BarProps): JSX.Element {
  const { store, go } = useWorkspace();
  const { t } = useI18n();
  const whole = selected.length === rows.length && rows.length > 0;
  const label = t("bulk.selected", { n: selected.length });
  const all = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (begun) all.current?.focus();
  }, []);
  // What was selected has been changed, or is not selected any more.
  const any = selected.length > 0;
  const had = useRef(false);
  useEffect(() => {
    if (had.current && !any) onEnd();
    had.current = any;
  }, [any]);
  const end = (): void => {
    onEnd();
    store.dispatch({ type: "select none" });
  };
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], .menu")) return;
      if ((event.target as HTMLElement).matches("textarea, input:not([type=checkbox])")) return;
      event.preventDefault(); // else it would close the conversation
      end();
    };
    document.addEventListener("keydown", pressed); // before the shortcuts, which the window hears
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  return (
    <div class="selection" role="toolbar" aria-label={t("bulk.label")}>
      <label class="selection-all">
        <input
          type="checkbox"
          checked={whole}
          ref={(box) => {
            all.current = box;
            if (box !== null) box.indeterminate = !whole && any;
          }}
          aria-label={t("bulk.all")}
          title={`${t("bulk.all")} (Ctrl A)`}
          onChange={() => store.dispatch({ type: "select", ids: rows.map((row) => row.id), on: !whole, cursor: null })}
        />
      </label>
      <b class="selection-count">{label}</b>
      <StatusButton selected={selected} />
      <AssignButton selected={selected} />
      <IconButton
        icon="checks"
        label={t("bulk.read")}
        disabled={selected.length === 0}
        onClick={() => go.changeAll(selected, { what: "read" })}
      />
      <IconButton icon="close" label={t("bulk.none")} keys="Esc" onClick={end} />
    </div>
  );
}

function StatusButton({ selected }: Pick<BarProps, "selected">): JSX.Element {
  const { go } = useWorkspace();
  const { t } = useI18n();
  const [open, setOpen] = useMenu("parley:bulk-status");
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="button is-small is-quiet"
        aria-haspopup="listbox"
        aria-expanded={open}
        disabled={selected.length === 0}
        onClick={() => setOpen(!open)}
      >
        <Icon name="solve" size={16} />
        <span class="selection-word">{t("status")}</span>
        <Icon name="down" size={14} />
      </button>
      {open ? (
        <Menu
          label={t("status")}
          side="right"
          choices={STATUSES.map((status) => ({
            id: status,
            label: t(`status.${status}`),
            before: <i class={`status-dot status-${status}`} />,
          }))}
          onPick={(id) => {
            setOpen(false);
            const status = STATUSES.find((one) => one === id);
            if (status !== undefined) go.changeAll(selected, { what: "status", status });
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </span>
  );
}

function AssignButton({ selected }: Pick<BarProps, "selected">): JSX.Element {
  const { go, user } = useWorkspace();
  const { members } = useInboxState();
  const { t } = useI18n();
  const [open, setOpen] = useMenu("parley:bulk-assign");
  const choices: Choice[] = [
    { id: user.id, name: user.full_name, label: t("assign.me") },
    ...members
      .filter((one) => one.user_id !== user.id)
      .map((one) => ({ id: one.user_id, name: one.full_name, label: one.full_name })),
  ].map(({ id, name, label }) => ({ id, label, also: name, before: <Face id={id} name={name} size="tiny" /> }));
  choices.push({ id: "", label: t("assign.none") });
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="button is-small is-quiet"
        aria-haspopup="listbox"
        aria-expanded={open}
        disabled={selected.length === 0}
        onClick={() => setOpen(!open)}
      >
        <Icon name="user" size={16} />
        <span class="selection-word">{t("assign")}</span>
        <Icon name="down" size={14} />
      </button>
      {open ? (
        <Menu
          label={t("assign.to")}
          side="right"
          choices={choices}
          filter={members.length >= FILTER_FROM ? t("assign.filter") : undefined}
          onPick={(id) => {
            setOpen(false);
            go.changeAll(selected, { what: "assign", assignee: id === "" ? null : id });
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </span>
  );
}

/** A menu that its button opens, and a key. */
function useMenu(event: string): readonly [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const command = (): void => setOpen(true);
    addEventListener(event, command);
    return () => removeEventListener(event, command);
  }, [event]);
  return [open, setOpen];
}

/** Opens the menu of the selected conversations. */
export function openBulk(menu: "status" | "assign"): void {
  dispatchEvent(new CustomEvent(`parley:bulk-${menu}`));
}
