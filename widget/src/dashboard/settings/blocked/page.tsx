/** Project › Blocked: muted and blocked visitors, for agents; blocked addresses, for managers. */

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import type { RestrictedVisitor } from "../../../rest/types";
import { VisitorsApi } from "../../visitors/api";
import { nameOf } from "../../state/placeholder_names";
import { useSession } from "../../views/session";
import { Icon } from "../../views/parts/icons";
import { useSettingsI18n } from "../i18n";
import { Shown, When } from "../parts/components";
import { Card, Wrong } from "../parts/forms";
import { useToast } from "../parts/toast";
import { useLoaded, useRequest, useTouched } from "../parts/use_request";
import { ManagersOnly } from "../project/managers_only";
import { useProject } from "../project/use_project";
import { Addresses } from "./addresses";

export function BlockedPage(): JSX.Element {
  const { api: rest } = useSession();
  const { project, manager } = useProject();
  const api = useMemo(() => new VisitorsApi(rest, project.id), [rest, project.id]);
  return (
    <>
      <Visitors api={api} />
      {manager ? <Addresses api={api} /> : <ManagersOnly />}
    </>
  );
}

interface Pages {
  readonly items: readonly RestrictedVisitor[];
  readonly next_cursor: string | null;
}

function Visitors({ api }: { readonly api: VisitorsApi }): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const loaded = useLoaded<Pages>(() => api.restricted(null), [api]);
  useTouched(loaded, "visitors");
  const doing = useRequest();
  const list = useRef<HTMLUListElement>(null);
  const [releasing, setReleasing] = useState("");
  const release = (one: RestrictedVisitor, name: string): void => {
    setReleasing(one.id);
    void doing.run(async () => {
      await api.release(one.id);
      loaded.set((now) => ({ ...now, items: now.items.filter(({ id }) => id !== one.id) }));
      toast(t(`blocked.released.${one.restriction.kind}`, { name }));
      list.current?.focus();
    });
  };
  const more = (cursor: string): void => {
    void doing.run(async () => {
      const page = await api.restricted(cursor);
      loaded.set((now) => ({ items: [...now.items, ...page.items], next_cursor: page.next_cursor }));
    });
  };
  return (
    <Card title={t("blocked.visitors")} lead={t("blocked.visitors.lead")}>
      <Shown of={loaded}>
        {({ items, next_cursor }) => (
          <>
            {items.length === 0 ? <p class="nothing">{t("blocked.visitors.none")}</p> : null}
            <ul class="items" ref={list} tabIndex={-1}>
              {items.map((one) => (
                <Row key={one.id} of={one} busy={doing.busy && releasing === one.id} onRelease={release} />
              ))}
            </ul>
            {next_cursor === null ? null : (
              <button type="button" class="button" disabled={doing.busy} onClick={() => more(next_cursor)}>
                {t("blocked.more")}
              </button>
            )}
          </>
        )}
      </Shown>
      <Wrong problem={doing.problem} />
    </Card>
  );
}

interface RowProps {
  readonly of: RestrictedVisitor;
  readonly busy: boolean;
  readonly onRelease: (one: RestrictedVisitor, name: string) => void;
}

function Row({ of, busy, onRelease }: RowProps): JSX.Element {
  const { t, language } = useSettingsI18n();
  const { project } = useProject();
  const { kind, reason, at, by } = of.restriction;
  const name = nameOf(of, language);
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="user" />
      </span>
      <span class="item-text">
        <b>
          {of.conversation_id === null ? (
            <bdi>{name}</bdi>
          ) : (
            <a href={`/app/p/${project.id}/c/${of.conversation_id}`}>
              <bdi>{name}</bdi>
            </a>
          )}{" "}
          <span class={kind === "blocked" ? "tag is-bad" : "tag is-warn"}>{t(`blocked.${kind}`)}</span>
        </b>
        {reason === "" ? null : <span class="is-content">{reason}</span>}
        <small>
          {by === null ? null : <>{t("blocked.by", { name: by.full_name })} · </>}
          <When at={at} />
        </small>
      </span>
      <button
        type="button"
        class="button is-small"
        disabled={busy}
        aria-busy={busy}
        aria-label={t(`blocked.release.${kind}.of`, { name })}
        onClick={() => onRelease(of, name)}
      >
        {t(`blocked.release.${kind}`)}
      </button>
    </li>
  );
}
