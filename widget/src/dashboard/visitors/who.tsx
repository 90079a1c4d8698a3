/** The head of the visitor panel: the visitor's name, and what an agent does to them. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Conversation, Visitor } from "../state/model";
import { nameOf } from "../state/placeholder_names";
import { useRequest } from "../settings/parts/use_request";
import { useSession } from "../views/session";
import { type I18n, useWorkspace } from "../views/hooks";
import { VerifiedMark } from "../views/facts";
import { Face } from "../views/parts/components";
import { Icon } from "../views/parts/icons";
import { type Choice, Menu } from "../views/parts/menu";
import { VisitorsApi } from "./api";
import { BlockDialog } from "./block_dialog";
import { NameForm } from "./name_form";

interface WhoProps {
  readonly row: Conversation;
  readonly visitor: Visitor | undefined; // while it is loaded, only the name is known
  readonly i18n: I18n;
}

export function Who({ row, visitor, i18n }: WhoProps): JSX.Element {
  const { t, language } = i18n;
  const { api: rest } = useSession();
  const { store, project } = useWorkspace();
  const api = useMemo(() => new VisitorsApi(rest, project.id), [rest, project.id]);
  const doing = useRequest();
  const [open, setOpen] = useState<"menu" | "name" | "block" | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    setOpen(null);
    doing.clear();
  }, [row.visitor.id]);
  const name = nameOf(row.visitor, language);
  const restriction = visitor?.restriction ?? null;
  const close = (): void => {
    setOpen(null);
    opener.current?.focus();
  };
  const pick = (id: string): void => {
    setOpen(id === "name" || id === "block" ? id : null);
    if (id === "mute")
      void doing.run(async () => {
        await api.restrict(row.visitor.id, { kind: "muted", reason: "" });
        store.refreshVisitors();
      });
    if (id === "release")
      void doing.run(async () => {
        await api.release(row.visitor.id);
        store.refreshVisitors();
      });
  };
  const choices: Choice[] = [{ id: "name", label: t("visitor.rename") }];
  if (restriction === null) choices.push({ id: "mute", label: t("visitor.mute") });
  else choices.push({ id: "release", label: t(`visitor.release.${restriction.kind}`) });
  if (restriction?.kind !== "blocked") choices.push({ id: "block", label: t("visitor.block"), danger: true });
  return (
    <div class="panel-who">
      <Face id={row.visitor.id} name={name} size="large" online={row.visitor.online} />
      {open === "name" && visitor !== undefined ? (
        <NameForm
          of={visitor}
          placeholder={name}
          i18n={i18n}
          onSave={async (given) => {
            const fresh = await api.rename(visitor.id, given);
            store.dispatch({ type: "identified", visitor: fresh.id, name: fresh.name, facts: fresh.facts ?? {} });
            store.refreshVisitors();
          }}
          onClose={close}
        />
      ) : (
        <h2>
          <bdi>{name}</bdi>
        </h2>
      )}
      {row.visitor.verified ? <VerifiedMark i18n={i18n} /> : null}
      <p class={row.visitor.online ? "presence is-online" : "presence"}>
        {t(row.visitor.online ? "online" : "offline")}
      </p>
      {restriction === null ? null : <Restriction of={restriction} i18n={i18n} />}
      {visitor === undefined ? null : (
        <span class="menu-anchor">
          <button
            type="button"
            class="button is-small is-quiet"
            ref={opener}
            aria-haspopup="listbox"
            aria-expanded={open === "menu"}
            aria-busy={doing.busy}
            disabled={doing.busy}
            onClick={() => setOpen(open === "menu" ? null : "menu")}
          >
            {t("visitor.actions")}
            <Icon name="down" size={14} />
          </button>
          {open === "menu" ? (
            <Menu label={t("visitor.actions")} choices={choices} onPick={pick} onClose={() => setOpen(null)} />
          ) : null}
        </span>
      )}
      {doing.problem === null ? null : (
        <p class="who-problem" role="alert">
          {t(doing.problem.code === "too_many" ? "visitor.full" : "visitor.failed")}
        </p>
      )}
      {open === "block" ? (
        <BlockDialog
          name={name}
          i18n={i18n}
          onClose={close}
          onBlock={async (reason) => {
            await api.restrict(row.visitor.id, { kind: "blocked", reason });
            store.refreshVisitors();
          }}
        />
      ) : null}
    </div>
  );
}

function Restriction({
  of: { kind, reason, by },
  i18n: { t },
}: {
  readonly of: NonNullable<Visitor["restriction"]>;
  readonly i18n: I18n;
}): JSX.Element {
  const who = by?.full_name;
  return (
    <p class="who-restriction" role="status">
      <b>{who === undefined ? t(`visitor.${kind}`) : t(`visitor.${kind}.by`, { name: who })}</b>
      {reason === "" ? null : <bdi>{reason}</bdi>}
      <span>{t(`visitor.${kind}.lead`)}</span>
    </p>
  );
}
