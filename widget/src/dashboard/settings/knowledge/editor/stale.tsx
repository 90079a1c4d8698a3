/** What another manager has saved meanwhile: their changes here, one's own in the fields above. */

import type { JSX } from "preact";

import type { ArticleDetails } from "../../../../rest/types";
import type { KnowledgeApi } from "../../../knowledge/api";
import { Note, Shown } from "../../parts/components";
import { useLoaded } from "../../parts/use_request";
import { useKnowledgeI18n } from "../i18n";
import { DiffView } from "../versions/diff_view";

interface StaleProps {
  readonly api: KnowledgeApi;
  readonly base: number; // the version that both have changed
  readonly theirs: ArticleDetails;
  readonly onTake: () => void;
  readonly onKeep: () => void;
}

export function Stale({ api, base, theirs, onTake, onKeep }: StaleProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const loaded = useLoaded(() => api.diff(theirs.id, base, theirs.version), [api, theirs.id, base, theirs.version]);
  const name = theirs.changed_by?.full_name;
  return (
    <div class="wrong" role="alert">
      <Note kind="warn">
        <p>
          <b>{name === undefined ? t("article.stale.unknown") : t("article.stale", { name })}</b>
        </p>
        <p>{t("article.stale.theirs")}</p>
        <Shown of={loaded}>{(diff) => <DiffView of={diff} />}</Shown>
        <div class="card-foot">
          <button type="button" class="button is-small" onClick={onKeep}>
            {t("article.stale.keep")}
          </button>
          <button type="button" class="button is-small" onClick={onTake}>
            {t("article.stale.take")}
          </button>
        </div>
      </Note>
    </div>
  );
}
