/** The head of a conversation: visitor, assignee and status. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { shortAddress } from "../../../ui/links";
import { OwnerButton } from "../../assistant/owner_button";
import { type Conversation, STATUSES } from "../../state/model";
import { nameOf } from "../../state/placeholder_names";
import { Icon } from "../parts/icons";
import { type Choice, Menu } from "../parts/menu";
import { Face, IconButton } from "../parts/components";
import { useInboxState, useWorkspace, type I18n } from "../hooks";

const FILTER_FROM = 8; // number of teammates from which the menu has a filter

interface HeadProps {
  readonly row: Conversation;
  readonly i18n: I18n;
  readonly panel: boolean;
  readonly onPanel: () => void;
}

export function Head({ row, i18n, panel, onPanel }: HeadProps): JSX.Element {
  const { go } = useWorkspace();
  const { t } = i18n;
  const { visitor } = row;
  const name = nameOf(visitor, i18n.language);
  const finished = row.status === "solved" || row.status === "spam";
  return (
    <header class="thread-head">
      <div class="thread-head-row">
        <IconButton icon="back" label={t("thread.back")} class="back-to-list" onClick={() => go.open(null)} />
        <div class="thread-who">
          <Face id={visitor.id} name={name} online={visitor.online} />
          <div class="thread-who-text">
            <h2 class="thread-name">
              <bdi>{name}</bdi>
            </h2>
            <span class="thread-page" dir="auto">
              {visitor.title || shortAddress(visitor.url) || t(visitor.online ? "online" : "offline")}
            </span>
          </div>
          <button
            type="button"
            class="thread-details"
            aria-label={t("thread.details")}
            aria-expanded={panel}
            data-opens-panel
            onClick={onPanel}
          />
        </div>
        <div class="thread-actions">
          <OwnerButton row={row} />
          <Assign row={row} i18n={i18n} />
          <StatusMenu row={row} i18n={i18n} />
          <button
            type="button"
            class={`button is-small ${finished ? "" : "is-primary"} solve`}
            title={`${t(finished ? "status.reopen" : "status.solve")} (E)`}
            onClick={() => go.status(row, finished ? "open" : "solved")}
          >
            <Icon name={finished ? "reply" : "solve"} size={16} />
            <span>{t(finished ? "status.reopen" : "status.solve")}</span>
          </button>
          <span class="no-narrow" data-opens-panel>
            <IconButton icon="panel" label={t("thread.details")} pressed={panel} onClick={onPanel} />
          </span>
        </div>
      </div>
    </header>
  );
}

const DELETE = "delete";

function StatusMenu({ row, i18n: { t } }: Pick<HeadProps, "row" | "i18n">): JSX.Element {
  const { go, project } = useWorkspace();
  const [open, setOpen] = useState(false);
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="button is-small is-quiet"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-label={`${t("status")}: ${t(`status.${row.status}`)}`}
        onClick={() => setOpen(!open)}
      >
        <i class={`status-dot status-${row.status}`} />
        <span class="status-label">{t(`status.${row.status}`)}</span>
        <Icon name="down" size={14} />
      </button>
      {open ? (
        <Menu
          label={t("status")}
          side="right"
          choices={[
            ...STATUSES.map((status) => ({
              id: status,
              label: t(`status.${status}`),
              checked: status === row.status,
              before: <i class={`status-dot status-${status}`} />,
            })),
            ...(project.role === "manager"
              ? [{ id: DELETE, label: t("delete"), danger: true, before: <Icon name="trash" size={15} /> }]
              : []),
          ]}
          onPick={(id) => {
            setOpen(false);
            if (id === DELETE) return go.deletion(row);
            const status = STATUSES.find((one) => one === id);
            if (status !== undefined && status !== row.status) go.status(row, status);
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </span>
  );
}

function Assign({ row, i18n: { t } }: Pick<HeadProps, "row" | "i18n">): JSX.Element {
  const { store, user } = useWorkspace();
  const { members } = useInboxState();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const command = (): void => setOpen(true);
    addEventListener("parley:assign", command);
    return () => removeEventListener("parley:assign", command);
  }, []);

  const choices: Choice[] = [
    {
      id: user.id,
      label: t("assign.me"),
      also: user.full_name,
      checked: row.assignee?.id === user.id,
      before: <Face id={user.id} name={user.full_name} size="tiny" />,
    },
    ...members
      .filter((member) => member.user_id !== user.id)
      .map((member) => ({
        id: member.user_id,
        label: member.full_name,
        checked: row.assignee?.id === member.user_id,
        before: <Face id={member.user_id} name={member.full_name} size="tiny" />,
      })),
  ];
  if (row.assignee !== null) {
    const before = (
      <span class="face face-tiny is-unassigned">
        <Icon name="close" size={12} />
      </span>
    );
    choices.push({ id: "", label: t("assign.none"), before });
  }
  const { assignee } = row;
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="button is-small is-quiet"
        aria-haspopup="listbox"
        aria-expanded={open}
        title={`${t("assign.to")} (A)`}
        onClick={() => setOpen(!open)}
      >
        <span class="sr-only">
          {t("panel.assignee")}: {assignee?.full_name ?? t("assign.unassigned")}
        </span>
        {assignee === null ? (
          <Icon name="user" size={16} />
        ) : (
          <Face id={assignee.id} name={assignee.full_name} size="tiny" />
        )}
        <span class="assignee-label" aria-hidden="true">
          {assignee?.full_name ?? t("assign")}
        </span>
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
            if (id !== (assignee?.id ?? "")) void store.assign(row.id, id === "" ? null : id);
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </span>
  );
}

/** Opens the assign menu of the open conversation. */
export function openAssign(): void {
  dispatchEvent(new CustomEvent("parley:assign"));
}
