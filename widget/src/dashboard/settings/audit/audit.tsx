/** The audit log of a project or of the installation, as sentences: who did what, when and from where. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { AuditEntry, AuditPage, Id } from "../../../rest/types";
import { AuditApi, type AuditFilter } from "../../rest/audit_api";
import { browserName } from "../../state/browsers";
import { Icon } from "../../views/parts/icons";
import { useSession } from "../../views/session";
import { useNow } from "../../views/hooks";
import { useRequest, useLoaded } from "../parts/use_request";
import { download } from "../parts/download";
import { Card, Wrong } from "../parts/forms";
import { exactTimeIn, relativeTime } from "../parts/zoned_times";
import { Shown } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { EVERYTHING, Filters } from "./filters";
import { learnt, type Names, sentenceOf } from "./sentences";

interface AuditProps {
  readonly project: Id | null;
  readonly names: Names; // names of people, by id
}

export function Audit({ project, names }: AuditProps): JSX.Element {
  const { api } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [filter, setFilter] = useState<AuditFilter>(EVERYTHING);
  const audit = useMemo(() => new AuditApi(api, project), [api, project]);
  const loaded = useLoaded(() => audit.page(filter, null), [audit, filter]);
  const asked = useRef(filter);
  useEffect(() => {
    asked.current = filter;
  }, [filter]);

  const more = (from: string): void => {
    void doing.run(async () => {
      const next = await audit.page(filter, from);
      if (asked.current !== filter) return; // the filter has changed since: ignore this response
      loaded.set((now: AuditPage) => ({ items: [...now.items, ...next.items], next_cursor: next.next_cursor }));
    });
  };
  const save = (): void => {
    void doing.run(async () => {
      download("audit.csv", "text/csv", await audit.csv(filter));
      toast(t("audit.downloaded"));
    });
  };

  return (
    <Card title={t("audit.title")} same lead={t(project === null ? "audit.lead.admin" : "audit.lead")}>
      <Filters value={filter} names={names} onChange={setFilter} />
      <Shown of={loaded}>
        {({ items, next_cursor }) => (
          <>
            <p class="sr-only" role="status">
              {t("audit.count", { n: items.length })}
            </p>
            {items.length === 0 ? (
              <p class="nothing">{t(filter === EVERYTHING ? "audit.none" : "audit.none.filtered")}</p>
            ) : (
              <Entries items={items} names={names} />
            )}
            <div class="card-foot">
              {next_cursor === null ? null : (
                <button type="button" class="button" disabled={doing.busy} onClick={() => more(next_cursor)}>
                  {t("more")}
                </button>
              )}
              <button type="button" class="button is-quiet" disabled={doing.busy} onClick={save}>
                <Icon name="download" size={16} />
                {t("audit.csv")}
              </button>
            </div>
          </>
        )}
      </Shown>
      <Wrong problem={doing.problem} />
    </Card>
  );
}

function Entries({ items, names }: { readonly items: readonly AuditEntry[]; readonly names: Names }): JSX.Element {
  const { t } = useSettingsI18n();
  const all = useMemo(() => learnt(names, items), [names, items]);
  return (
    <ol class="entries" aria-label={t("audit.title")}>
      {items.map((entry) => (
        <Entry key={entry.id} entry={entry} names={all} />
      ))}
    </ol>
  );
}

function Entry({ entry, names }: { readonly entry: AuditEntry; readonly names: Names }): JSX.Element {
  const { user } = useSession();
  const { t, language } = useSettingsI18n();
  const now = useNow();
  const device = entry.agent === "" ? "" : browserName(entry.agent);
  return (
    <li class={`entry is-${entry.result}`}>
      <span class="entry-mark" aria-hidden="true">
        <Icon name={entry.result === "ok" ? "check" : entry.result === "denied" ? "lock" : "alert"} size={14} />
      </span>
      <div class="entry-text">
        <p>{sentenceOf(entry, names, t)}</p>
        <small>
          <time dateTime={new Date(entry.at).toISOString()}>
            {exactTimeIn(entry.at, language, user.timezone)} · {relativeTime(entry.at, now, language)}
          </time>
          {entry.address === "" ? null : <> · {entry.address}</>}
          {device === "" ? null : (
            <>
              {" "}
              · <span title={entry.agent}>{device.length > 40 ? `${device.slice(0, 40)}…` : device}</span>
            </>
          )}
        </small>
      </div>
    </li>
  );
}
