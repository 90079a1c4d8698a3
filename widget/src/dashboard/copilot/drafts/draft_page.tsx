/** One draft by itself: its posts, its older versions, and where it was made. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { navigate } from "../../router";
import { useLoaded } from "../../settings/parts/use_request";
import { exactly } from "../../state/times";
import { Empty, IconButton } from "../../views/parts/components";
import { Icon } from "../../views/parts/icons";
import { useWorkspace } from "../../views/hooks";
import { useCopilotI18n, worded } from "../i18n";
import type { Draft } from "../model/rest";
import { Confirm } from "../page/confirm";
import { PlaceLink } from "../page/place_link";
import { useCopilotApi } from "../use_client";
import { DraftCard } from "./draft_card";
import { wholeText } from "./edits";
import { TryAgain } from "../../views/parts/try_again";

export function DraftPage({ id }: { readonly id: string }): JSX.Element {
  const { t } = useCopilotI18n();
  const { project } = useWorkspace();
  const api = useCopilotApi();
  const [draft, setDraft] = useState<Draft | null>(null);
  const [deleting, setDeleting] = useState(false);
  if (id === "") return <Empty icon="note" title={t("drafts.pick")} lead={t("drafts.none.lead")} />;
  return (
    <>
      <header class="cop-head">
        <PlaceLink place="drafts" class="icon-button back-to-list">
          <span class="sr-only">{t("page.back")}</span>
          <Icon name="back" />
        </PlaceLink>
        <h2 dir="auto">{draft === null || draft.title === "" ? t("draft.untitled") : draft.title}</h2>
        {project.role === "manager" && draft !== null ? (
          <IconButton icon="trash" label={t("draft.delete")} onClick={() => setDeleting(true)} />
        ) : null}
      </header>
      <div class="cop-draft-page">
        <DraftCard id={id} onLoaded={setDraft} />
        {draft?.session == null ? null : (
          <p class="cop-quiet">
            <PlaceLink place={draft.session}>{t("draft.session")}</PlaceLink>
          </p>
        )}
        {draft === null || draft.version < 2 ? null : <Versions key={draft.version} draft={draft} />}
      </div>
      {deleting ? (
        <Confirm
          title={t("draft.delete.title")}
          lead={t("draft.delete.lead")}
          action={t("draft.delete")}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.deleteDraft(id);
            navigate({ name: "copilot", project: project.id, place: "drafts" });
          }}
        />
      ) : null}
    </>
  );
}

function Versions({ draft }: { readonly draft: Draft }): JSX.Element {
  const { t, language } = useCopilotI18n();
  const api = useCopilotApi();
  const [open, setOpen] = useState(false);
  const loaded = useLoaded(async () => (open ? await api.versions(draft.id, null) : null), [api, draft.id, open]);
  return (
    <details class="cop-versions" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("draft.versions")}</summary>
      {loaded.problem === null ? null : (
        <p class="cop-line" role="alert">
          {t("list.not.loaded")} <TryAgain problem={loaded.problem} onRetry={() => void loaded.reload()} />
        </p>
      )}
      <ol>
        {(loaded.value?.items ?? []).map((one) => (
          <li key={one.number}>
            <details>
              <summary>
                {t("draft.version", { n: one.number })} · <time>{exactly(one.made_at, language)}</time>
              </summary>
              {Object.entries(one.social.posts).map(([platform, post]) =>
                post === undefined ? null : (
                  <div key={platform}>
                    <b>{worded(t, "platform", platform, "platform.other")}</b>
                    <pre dir="auto">{wholeText(post)}</pre>
                  </div>
                ),
              )}
            </details>
          </li>
        ))}
      </ol>
    </details>
  );
}
