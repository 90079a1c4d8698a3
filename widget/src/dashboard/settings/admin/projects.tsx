/** Administration › Projects: the list of projects and their size. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { AdminApi } from "../../rest/admin_api";
import { Face } from "../../views/parts/components";
import { useSession } from "../../views/session";
import { Card, TextField, Wrong } from "../parts/forms";
import { OnDay, Shown } from "../parts/components";
import { useSettingsI18n } from "../i18n";
import { usePages } from "./use_pages";

export function ProjectsPage(): JSX.Element {
  const { api } = useSession();
  const { t } = useSettingsI18n();
  const [query, setQuery] = useState("");
  const admin = useMemo(() => new AdminApi(api), [api]);
  const { loaded, more, next } = usePages(query, (asked, cursor) => admin.projects(asked, cursor), [admin]);
  return (
    <Card title={t("projects.title")} same lead={t("projects.lead")}>
      <div class="filters" role="search">
        <TextField label={t("projects.search")} type="search" value={query} onInput={setQuery} most={100} />
      </div>
      <Shown of={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="nothing">{t("nothing.found")}</p>
          ) : (
            <ul class="items">
              {items.map(({ id, name, members, managers, conversations, created_at }) => (
                <li key={id} class="item">
                  <Face id={id} name={name} size="small" />
                  <span class="item-text">
                    <b>
                      {name} {managers === 0 ? <span class="tag is-warn">{t("projects.unmanaged")}</span> : null}
                    </b>
                    <small>
                      {t("projects.members", { n: members })} · {t("projects.conversations", { n: conversations })} ·{" "}
                      {t("users.since")} <OnDay at={created_at} />
                    </small>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      <Wrong problem={more.problem} />
      {next === null ? null : (
        <div class="card-foot">
          <button type="button" class="button" disabled={more.busy} onClick={next}>
            {t("more")}
          </button>
        </div>
      )}
    </Card>
  );
}
