/** A draft: its posts by network, and its way from draft to published. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { Problem } from "../../rest/api";
import { useLoaded, useRequest, useTouched } from "../../settings/parts/use_request";
import { Icon } from "../../views/parts/icons";
import { useWorkspace } from "../../views/hooks";
import type { PostChange } from "../api";
import type { SessionClient } from "../client";
import { type Translate, useCopilotI18n, worded } from "../i18n";
import { PLATFORMS } from "../model/lengths";
import type { Draft } from "../model/rest";
import { useCopilotApi } from "../use_client";
import { PostCard } from "./post_card";
import { TryAgain } from "../../views/parts/try_again";

interface DraftCardProps {
  readonly id: string;
  readonly client?: SessionClient; // of the session that makes the posts
  readonly onLoaded?: (draft: Draft) => void;
}

export function DraftCard({ id, client, onLoaded }: DraftCardProps): JSX.Element {
  const { t } = useCopilotI18n();
  const api = useCopilotApi();
  const loaded = useLoaded(() => api.draft(id), [api, id]);
  useTouched(loaded, "copilot");
  useEffect(() => client?.onPosts((draft) => draft === id && void loaded.reload()), [client, id]);
  useEffect(() => {
    if (loaded.value !== null) onLoaded?.(loaded.value);
  }, [loaded.value]);
  if (loaded.value === null && loaded.problem === null) return <p class="cop-line">{t("loading")}</p>;
  if (loaded.value === null) {
    const gone = loaded.problem?.status === 404;
    return (
      <p class="cop-line" role={gone ? undefined : "alert"}>
        {t(gone ? "draft.gone" : "list.not.loaded")}{" "}
        {gone ? null : <TryAgain problem={loaded.problem} onRetry={() => void loaded.reload()} />}
      </p>
    );
  }
  return <Loaded draft={loaded.value} onChanged={loaded.set} onStale={loaded.reload} />;
}

interface LoadedProps {
  readonly draft: Draft;
  readonly onChanged: (draft: Draft) => void;
  readonly onStale: () => Promise<void>; // someone was faster: reads the draft again
}

function Loaded({ draft, onChanged, onStale }: LoadedProps): JSX.Element {
  const { t } = useCopilotI18n();
  const { project } = useWorkspace();
  const api = useCopilotApi();
  const doing = useRequest();
  const { posts, warnings } = draft.social;
  const platforms = Object.keys(posts).sort((a, b) => orderOf(a) - orderOf(b));
  const manager = project.role === "manager";
  const move = (work: () => Promise<Draft>): void => {
    void doing.run(async () => {
      try {
        onChanged(await work());
      } catch (error) {
        if (error instanceof Problem && error.code === "stale") await onStale();
        throw error;
      }
    });
  };
  const save = async (platform: string, change: PostChange | null, version: number): Promise<void> => {
    onChanged(await api.changeDraft(draft.id, { version, posts: { [platform]: change } }));
  };
  return (
    <article class="cop-draft" aria-label={t("draft.label", { title: draft.title })}>
      <header class="cop-draft-head">
        <span class={`chip ${chipOf(draft.state)}`}>{worded(t, "draft.state", draft.state, "draft.state.draft")}</span>
        <span class="cop-quiet">{t("draft.version", { n: draft.version })}</span>
        <span class="cop-space" />
        {draft.state === "draft" && manager ? (
          <button
            type="button"
            class="button is-small"
            disabled={doing.busy}
            onClick={() => move(() => api.approve(draft.id, draft.version))}
          >
            {t("draft.approve")}
          </button>
        ) : null}
        {draft.state === "approved" ? (
          <button
            type="button"
            class="button is-small"
            disabled={doing.busy}
            onClick={() => move(() => api.publish(draft.id, draft.version))}
          >
            {t("draft.publish")}
          </button>
        ) : null}
      </header>
      <Way draft={draft} manager={manager} t={t} />
      {doing.problem === null ? null : (
        <p class="cop-status is-failed" role="alert">
          {worded(t, "draft.problem", doing.problem.temporary ? "away" : doing.problem.code, "problem.other")}
        </p>
      )}
      <div class="cop-posts">
        {platforms.map((platform) => (
          <PostCard
            key={platform}
            platform={platform}
            post={posts[platform]!}
            version={draft.version}
            warnings={warnings.filter((one) => one.platform === platform)}
            last={platforms.length === 1}
            locked={draft.state === "published"}
            onSave={(change, version) => save(platform, change, version)}
            onStale={onStale}
          />
        ))}
      </div>
    </article>
  );
}

/** What happens next with it. */
function Way({ draft, manager, t }: { readonly draft: Draft; readonly manager: boolean; readonly t: Translate }) {
  const key =
    draft.state === "published"
      ? "draft.way.published"
      : draft.state === "approved"
        ? "draft.way.approved"
        : manager
          ? "draft.way.manager"
          : "draft.way.agent";
  return (
    <p class="cop-quiet">
      <Icon name={draft.state === "draft" ? "pencil" : "check"} size={14} /> {t(key)}
    </p>
  );
}

export function chipOf(state: string): string {
  return state === "published" ? "status-solved" : state === "approved" ? "status-open" : "status-pending";
}

function orderOf(platform: string): number {
  const at = (PLATFORMS as readonly string[]).indexOf(platform);
  return at < 0 ? PLATFORMS.length : at;
}
