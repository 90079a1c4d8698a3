/** The project's drafts of posts, latest first, by state. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ago, exactly } from "../../state/times";
import { Empty, timeTexts } from "../../views/parts/components";
import { Icon } from "../../views/parts/icons";
import { useI18n, useNow } from "../../views/hooks";
import { useCopilotI18n, worded } from "../i18n";
import { ListEnd } from "../page/list_end";
import { PlaceLink } from "../page/place_link";
import { usePages } from "../page/pages_of";
import { useCopilotApi, useTurns } from "../use_client";
import { chipOf } from "./draft_card";

const STATES = ["", "draft", "approved", "published"] as const;

export function Drafts({ open }: { readonly open: string }): JSX.Element {
  const { t, language } = useCopilotI18n();
  const { t: common } = useI18n();
  const api = useCopilotApi();
  const now = useNow();
  const [state, setState] = useState<(typeof STATES)[number]>("");
  const pages = usePages((cursor) => api.drafts(state, cursor), [api, state]);
  useTurns(pages.reload);
  return (
    <>
      <div class="cop-list-head">
        <span class="select">
          <select
            aria-label={t("drafts.state")}
            value={state}
            onChange={(event) => setState(STATES.find((one) => one === event.currentTarget.value) ?? "")}
          >
            {STATES.map((one) => (
              <option key={one} value={one}>
                {t(one === "" ? "drafts.all" : `draft.state.${one}`)}
              </option>
            ))}
          </select>
          <Icon name="down" size={16} />
        </span>
      </div>
      <ul class="cop-list">
        {pages.items.map((one) => (
          <li key={one.id}>
            <PlaceLink place={`drafts/${one.id}`} class="cop-row" current={one.id === open}>
              <b dir="auto">{one.title === "" ? t("draft.untitled") : one.title}</b>
              <span class="cop-row-foot">
                <span class={`chip ${chipOf(one.state)}`}>
                  {worded(t, "draft.state", one.state, "draft.state.draft")}
                </span>
                <time title={exactly(one.changed_at, language)}>
                  {ago(one.changed_at, now, language, timeTexts(common))}
                </time>
              </span>
            </PlaceLink>
          </li>
        ))}
      </ul>
      {pages.loaded && pages.items.length === 0 ? (
        <Empty icon="note" title={t("drafts.none")} lead={t("drafts.none.lead")} />
      ) : null}
      <ListEnd pages={pages} />
    </>
  );
}
