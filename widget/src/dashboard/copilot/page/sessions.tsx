/** The agent's sessions, latest first, and how a new one begins. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { navigate } from "../../router";
import { ago, exactly } from "../../state/times";
import { Empty, timeTexts } from "../../views/parts/components";
import { Icon } from "../../views/parts/icons";
import { useI18n, useNow, useWorkspace } from "../../views/hooks";
import { type Translate, useCopilotI18n } from "../i18n";
import type { Session } from "../model/rest";
import { useCopilotApi, useTurns } from "../use_client";
import { ListEnd } from "./list_end";
import { NewSession } from "./new_session";
import { PlaceLink } from "./place_link";
import { usePages } from "./pages_of";

export function Sessions({ open }: { readonly open: string }): JSX.Element {
  const { t, language } = useCopilotI18n();
  const { t: common } = useI18n();
  const { project } = useWorkspace();
  const api = useCopilotApi();
  const now = useNow();
  const pages = usePages((cursor) => api.sessions(cursor), [api]);
  useTurns(pages.reload);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <div class="cop-list-head">
        <button type="button" class="button is-small is-primary" onClick={() => setAsking(true)}>
          <Icon name="plus" size={16} />
          {t("sessions.new")}
        </button>
      </div>
      <ul class="cop-list">
        {pages.items.map((one) => (
          <li key={one.id}>
            <PlaceLink place={one.id} class="cop-row" current={one.id === open}>
              <b dir="auto">{titleOf(one, t, language)}</b>
              <span class="cop-row-foot">
                <span>{one.running === null ? aboutOf(one, t) : t("copilot.writes")}</span>
                <time title={exactly(one.changed_at, language)}>
                  {ago(one.changed_at, now, language, timeTexts(common))}
                </time>
              </span>
            </PlaceLink>
          </li>
        ))}
      </ul>
      {pages.loaded && pages.items.length === 0 ? (
        <Empty icon="sparkle" title={t("sessions.none")} lead={t("sessions.none.lead")} />
      ) : null}
      <ListEnd pages={pages} />
      {asking ? (
        <NewSession
          onClose={() => setAsking(false)}
          onBegun={({ id }) => {
            setAsking(false);
            void pages.reload();
            navigate({ name: "copilot", project: project.id, place: id });
          }}
        />
      ) : null}
    </>
  );
}

/** A session without a title is named after its day. */
export function titleOf({ title, created_at }: Session, t: Translate, language: string): string {
  if (title !== "") return title;
  return t("sessions.untitled", { date: new Date(created_at).toLocaleDateString(language) });
}

function aboutOf({ article, conversation }: Session, t: Translate): string {
  return conversation !== null ? t("sessions.of.conversation") : article !== null ? t("sessions.of.article") : "";
}
