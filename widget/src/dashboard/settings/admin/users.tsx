/** Administration › Users: all accounts; suspend and reactivate them. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { AdminUser } from "../../../rest/types";
import { type AccountState, AdminApi } from "../../rest/admin_api";
import { Face } from "../../views/parts/components";
import { useSession } from "../../views/session";
import { useRequest } from "../parts/use_request";
import { Card, SelectField, TextField, Wrong } from "../parts/forms";
import { Confirm, Note, OnDay, Shown } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { usePages } from "./use_pages";

const STATES = ["active", "suspended", "deactivated", "deleted"] as const;

export function UsersPage(): JSX.Element {
  const { api, user: me } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [query, setQuery] = useState("");
  const [state, setState] = useState<AccountState | "">("");
  const [leaving, setLeaving] = useState<AdminUser | null>(null);
  const [unmanaged, setUnmanaged] = useState<readonly string[]>([]);
  const admin = useMemo(() => new AdminApi(api), [api]);
  const { loaded, more, next } = usePages(query, (asked, cursor) => admin.users(asked, state, cursor), [admin, state]);

  const put = (user: AdminUser, fresh: AccountState): void =>
    loaded.set(({ items, next_cursor }) => ({
      items: items.map((one) => (one.id === user.id ? { ...one, state: fresh } : one)),
      next_cursor,
    }));
  const suspend = async (user: AdminUser): Promise<void> => {
    const { without_manager } = await admin.suspend(user.id);
    put(user, "suspended");
    setUnmanaged(without_manager.map(({ name }) => name));
    toast(t("users.suspended", { name: user.full_name }));
  };
  const reactivate = (user: AdminUser): void => {
    void doing.run(async () => {
      await admin.reactivate(user.id);
      setUnmanaged([]);
      put(user, "active");
      toast(t("users.reactivated", { name: user.full_name }));
    });
  };

  return (
    <Card title={t("users.title")} same lead={t("users.lead")}>
      <div class="filters" role="search">
        <TextField label={t("users.search")} type="search" value={query} onInput={setQuery} most={100} />
        <SelectField
          label={t("users.state")}
          value={state}
          onPick={setState}
          choices={[["", t("users.state.any")], ...STATES.map((one) => [one, t(`users.state.${one}`)] as const)]}
        />
      </div>
      {unmanaged.length === 0 ? null : (
        <Note kind="warn">
          <p role="status">{t("users.unmanaged", { names: unmanaged.join(", ") })}</p>
        </Note>
      )}
      <Shown of={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="nothing">{t("nothing.found")}</p>
          ) : (
            <ul class="items">
              {items.map((one) => (
                <Row
                  key={one.id}
                  of={one}
                  me={one.id === me.id}
                  busy={doing.busy}
                  onSuspend={() => setLeaving(one)}
                  onReactivate={() => reactivate(one)}
                />
              ))}
            </ul>
          )
        }
      </Shown>
      <Wrong problem={doing.problem ?? more.problem} />
      {next === null ? null : (
        <div class="card-foot">
          <button type="button" class="button" disabled={more.busy} onClick={next}>
            {t("more")}
          </button>
        </div>
      )}
      {leaving === null ? null : (
        <Confirm
          title={t("users.suspend.of", { name: leaving.full_name })}
          lead={t("users.suspend.lead")}
          action={t("users.suspend")}
          onClose={() => setLeaving(null)}
          onConfirm={() => suspend(leaving)}
        />
      )}
    </Card>
  );
}

interface RowProps {
  readonly of: AdminUser;
  readonly me: boolean;
  readonly busy: boolean;
  readonly onSuspend: () => void;
  readonly onReactivate: () => void;
}

function Row({ of: user, me, busy, onSuspend, onReactivate }: RowProps): JSX.Element {
  const { t } = useSettingsI18n();
  const { id, full_name, email, state } = user;
  const can = !me && (state === "active" || state === "suspended" || state === "deactivated");
  return (
    <li class="item">
      <Face id={id} name={full_name} size="small" />
      <span class="item-text">
        <b>
          {full_name} {user.is_admin ? <span class="tag">{t("users.admin")}</span> : null}{" "}
          {state === "active" ? null : <span class="tag is-warn">{t(`users.state.${state}`)}</span>}
        </b>
        <small>
          {email}
          {user.email_verified ? null : <> · {t("users.unverified")}</>}
          {user.two_factor ? <> · {t("users.two")}</> : null}
        </small>
        <small>
          {t("users.projects", { n: user.projects })} · {t("users.since")} <OnDay at={user.created_at} />
        </small>
      </span>
      {!can ? null : state === "active" ? (
        <button
          type="button"
          class="button is-small"
          aria-label={t("users.suspend.of", { name: full_name })}
          onClick={onSuspend}
        >
          {t("users.suspend")}
        </button>
      ) : (
        <button
          type="button"
          class="button is-small"
          disabled={busy}
          aria-label={t("users.reactivate.of", { name: full_name })}
          onClick={onReactivate}
        >
          {t("users.reactivate")}
        </button>
      )}
    </li>
  );
}
