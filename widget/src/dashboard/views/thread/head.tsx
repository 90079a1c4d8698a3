/** The head of a conversation: who it is with, whose it is, and what becomes of it. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { shortAddress } from "../../../ui/links";
import { type Conversation, STATUSES } from "../../state/model";
import { nameOf } from "../../state/standins";
import { Icon } from "../parts/icons";
import { type Choice, Menu } from "../parts/menu";
import { Face, IconButton } from "../parts/small";
import { useDeskState, useRoom, type Words } from "../use";

const FILTER_FROM = 8; // teammates before a filter is worth its place

interface HeadProps {
  readonly row: Conversation;
  readonly words: Words;
  readonly panel: boolean;
  readonly onPanel: () => void;
}

export function Head({ row, words, panel, onPanel }: HeadProps): JSX.Element {
  const { go } = useRoom();
  const { say } = words;
  const { visitor } = row;
  const name = nameOf(visitor, words.language);
  const finished = row.status === "solved" || row.status === "spam";
  return (
    <header class="thread-head">
      <div class="thread-head-row">
        <IconButton icon="back" label={say("thread.back")} class="back-to-list" onClick={() => go.open(null)} />
        <div class="thread-who">
          <Face id={visitor.id} name={name} online={visitor.online} />
          <div class="thread-who-text">
            <h2 class="thread-name">
              <bdi>{name}</bdi>
            </h2>
            <span class="thread-page" dir="auto">
              {visitor.title || shortAddress(visitor.url) || say(visitor.online ? "online" : "offline")}
            </span>
          </div>
          <button
            type="button"
            class="thread-details"
            aria-label={say("thread.details")}
            aria-expanded={panel}
            data-opens-panel
            onClick={onPanel}
          />
        </div>
        <div class="thread-actions">
          <Assign row={row} words={words} />
          <StatusMenu row={row} words={words} />
          <button
            type="button"
            class={`button is-small ${finished ? "" : "is-primary"} solve`}
            title={`${say(finished ? "status.reopen" : "status.solve")} (E)`}
            onClick={() => go.status(row, finished ? "open" : "solved")}
          >
            <Icon name={finished ? "reply" : "solve"} size={16} />
            <span>{say(finished ? "status.reopen" : "status.solve")}</span>
          </button>
          <span class="no-narrow" data-opens-panel>
            <IconButton icon="panel" label={say("thread.details")} pressed={panel} onClick={onPanel} />
          </span>
        </div>
      </div>
    </header>
  );
}

function StatusMenu({ row, words: { say } }: Pick<HeadProps, "row" | "words">): JSX.Element {
  const { go } = useRoom();
  const [open, setOpen] = useState(false);
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="button is-small is-quiet"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-label={`${say("status")}: ${say(`status.${row.status}`)}`}
        onClick={() => setOpen(!open)}
      >
        <i class={`status-dot status-${row.status}`} />
        <span class="wide-only">{say(`status.${row.status}`)}</span>
        <Icon name="down" size={14} />
      </button>
      {open ? (
        <Menu
          label={say("status")}
          side="right"
          choices={STATUSES.map((status) => ({
            id: status,
            label: say(`status.${status}`),
            checked: status === row.status,
            before: <i class={`status-dot status-${status}`} />,
          }))}
          onPick={(id) => {
            setOpen(false);
            const status = STATUSES.find((one) => one === id);
            if (status !== undefined && status !== row.status) go.status(row, status);
          }}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </span>
  );
}

function Assign({ row, words: { say } }: Pick<HeadProps, "row" | "words">): JSX.Element {
  const { desk, user } = useRoom();
  const { members } = useDeskState();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const command = (): void => setOpen(true);
    addEventListener("parley:assign", command);
    return () => removeEventListener("parley:assign", command);
  }, []);

  const choices: Choice[] = [
    {
      id: user.id,
      label: say("assign.me"),
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
      <span class="face face-tiny is-nobody">
        <Icon name="close" size={12} />
      </span>
    );
    choices.push({ id: "", label: say("assign.nobody"), before });
  }
  const { assignee } = row;
  return (
    <span class="menu-anchor">
      <button
        type="button"
        class="button is-small is-quiet"
        aria-haspopup="listbox"
        aria-expanded={open}
        title={`${say("assign.to")} (A)`}
        onClick={() => setOpen(!open)}
      >
        <span class="sr-only">
          {say("panel.assignee")}: {assignee?.full_name ?? say("assign.unassigned")}
        </span>
        {assignee === null ? (
          <Icon name="user" size={16} />
        ) : (
          <Face id={assignee.id} name={assignee.full_name} size="tiny" />
        )}
        <span class="wide-only" aria-hidden="true">
          {assignee?.full_name ?? say("assign")}
        </span>
        <Icon name="down" size={14} />
      </button>
      {open ? (
        <Menu
          label={say("assign.to")}
          side="right"
          choices={choices}
          filter={members.length >= FILTER_FROM ? say("assign.filter") : undefined}
          onPick={(id) => {
            setOpen(false);
            if (id !== (assignee?.id ?? "")) void desk.assign(row.id, id === "" ? null : id);
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
