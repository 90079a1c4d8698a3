/** One post: its texts with counters, hashtags, an idea for a picture, warnings; and the form that edits it by hand. */

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";

import { Problem } from "../../rest/api";
import { useRequest } from "../../settings/parts/use_request";
import { useUnsaved } from "../../settings/parts/unsaved";
import { Icon } from "../../views/parts/icons";
import type { PostChange } from "../api";
import { Copy } from "../chat/transcript";
import { useCopilotI18n, worded } from "../i18n";
import type { Post, PostWarning } from "../model/rest";
import {
  canAddSegment,
  changeOf,
  countOf,
  draftOf,
  faultOf,
  hashtagsOf,
  pasted,
  type PostDraft,
  wholeText,
} from "./edits";

interface PostCardProps {
  readonly platform: string;
  readonly post: Post;
  readonly version: number; // of the draft
  readonly warnings: readonly PostWarning[];
  readonly last: boolean; // the only post: it cannot be removed
  readonly locked: boolean; // it is published
  readonly onSave: (change: PostChange | null, version: number) => Promise<void>;
  readonly onStale: () => Promise<void>;
}

export function PostCard(props: PostCardProps): JSX.Element {
  const { platform, post, warnings, locked } = props;
  const { t } = useCopilotI18n();
  const [editing, setEditing] = useState(false);
  const name = worded(t, "platform", platform, "platform.other");
  return (
    <section class="cop-post" aria-label={name}>
      <header class="cop-post-head">
        <h3>{name}</h3>
        {editing ? null : (
          <>
            <Copy text={wholeText(post)} t={t} />
            {locked ? null : (
              <button type="button" class="button is-small is-quiet" onClick={() => setEditing(true)}>
                {t("post.edit")}
              </button>
            )}
          </>
        )}
      </header>
      {warnings.length === 0 ? null : (
        <ul class="cop-warnings">
          {warnings.map((one) => (
            <li key={`${one.code} ${one.segment}`}>
              <Icon name="alert" size={14} />
              {one.segment >= 0 && post.segments.length > 1 ? `${t("post.segment", { n: one.segment + 1 })}: ` : ""}
              {worded(t, "warning", one.code, "warning.other")}
            </li>
          ))}
        </ul>
      )}
      {editing ? <PostForm {...props} onClose={() => setEditing(false)} /> : <Shown {...props} />}
    </section>
  );
}

function Shown({ platform, post }: PostCardProps): JSX.Element {
  const { t } = useCopilotI18n();
  const thread = post.segments.length > 1;
  const whole = pasted(post);
  return (
    <>
      <ol class="cop-segments">
        {post.segments.map((text, at) => (
          <li key={at}>
            <p dir="auto">{text}</p>
            <span class="cop-segment-foot">
              {thread ? <Copy text={whole[at] ?? text} t={t} /> : null}
              <Count platform={platform} text={whole[at] ?? text} />
            </span>
          </li>
        ))}
      </ol>
      {post.hashtags.length === 0 ? null : <p class="cop-hashtags">{post.hashtags.join(" ")}</p>}
      {post.visual === "" ? null : (
        <p class="cop-visual">
          <b>{t("post.visual")}</b> <span dir="auto">{post.visual}</span>
        </p>
      )}
    </>
  );
}

function Count({ platform, text, id }: { readonly platform: string; readonly text: string; readonly id?: string }) {
  const { t } = useCopilotI18n();
  const count = countOf(platform, text);
  if (count === null) return null;
  const { n, limit } = count;
  return (
    <span class={n > limit ? "cop-number is-over" : "cop-number"} id={id}>
      <span aria-hidden="true">
        {n} / {limit}
      </span>
      <span class="sr-only">{t(n > limit ? "count.over" : "count.of", { n: n > limit ? n - limit : n, limit })}</span>
    </span>
  );
}

/** Keeps what the agent typed when someone else was faster, and shows both. */
function PostForm(props: PostCardProps & { readonly onClose: () => void }): JSX.Element {
  const { platform, post, version, last, onSave, onStale, onClose } = props;
  const { t } = useCopilotI18n();
  const id = useId();
  const doing = useRequest();
  const [base, setBase] = useState({ post, version }); // what the edit began with
  const [draft, setDraft] = useState<PostDraft>(() => draftOf(post));
  const [submitted, setSubmitted] = useState(false);
  const change = changeOf(base.post, draft);
  const behind = version > base.version && !doing.busy;
  const fault = faultOf(platform, draft);
  const whole = pasted({ segments: draft.segments, hashtags: hashtagsOf(draft.hashtags) });
  useUnsaved(change !== null);
  const set = (next: Partial<PostDraft>): void => setDraft((now) => ({ ...now, ...next }));
  const setSegment = (at: number, text: string): void =>
    set({ segments: draft.segments.map((one, index) => (index === at ? text : one)) });
  const save = (what: PostChange | null, of: number): void => {
    void doing.run(async () => {
      try {
        await onSave(what, of);
        onClose();
      } catch (error) {
        if (error instanceof Problem && error.code === "stale") return onStale();
        throw error;
      }
    });
  };
  const submit = (of: number, from: Post): void => {
    setSubmitted(fault !== null);
    if (fault !== null) return;
    const what = changeOf(from, draft);
    if (what === null) onClose();
    else save(what, of);
  };
  return (
    <form
      class="cop-post-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!behind) submit(base.version, base.post);
      }}
    >
      {draft.segments.map((text, at) => (
        <div class="cop-segment-edit" key={at}>
          <label for={`${id}-${at}`}>
            {draft.segments.length > 1 || platform === "x" ? t("post.segment", { n: at + 1 }) : t("post.text")}
          </label>
          <textarea
            class="input"
            id={`${id}-${at}`}
            rows={platform === "x" ? 3 : 6}
            dir="auto"
            value={text}
            maxLength={5_000}
            aria-describedby={`${id}-${at}-count`}
            onInput={(event) => setSegment(at, event.currentTarget.value)}
          />
          <span class="cop-segment-foot">
            {draft.segments.length > 1 ? (
              <button
                type="button"
                class="link"
                onClick={() => set({ segments: draft.segments.filter((_, index) => index !== at) })}
              >
                {t("post.segment.remove", { n: at + 1 })}
              </button>
            ) : null}
            <Count platform={platform} text={whole[at] ?? text} id={`${id}-${at}-count`} />
          </span>
        </div>
      ))}
      {canAddSegment(platform, draft) ? (
        <button type="button" class="button is-small" onClick={() => set({ segments: [...draft.segments, ""] })}>
          {t("post.segment.add")}
        </button>
      ) : null}
      <div>
        <label for={`${id}-tags`}>{t("post.hashtags")}</label>
        <input
          class="input"
          id={`${id}-tags`}
          value={draft.hashtags}
          spellcheck={false}
          onInput={(event) => set({ hashtags: event.currentTarget.value })}
        />
      </div>
      <div>
        <label for={`${id}-visual`}>{t("post.visual")}</label>
        <textarea
          class="input"
          id={`${id}-visual`}
          rows={2}
          maxLength={500}
          value={draft.visual}
          onInput={(event) => set({ visual: event.currentTarget.value })}
        />
      </div>
      <p class="cop-status is-failed" role="alert">
        {submitted && fault !== null
          ? t(`post.fault.${fault}`)
          : doing.problem === null
            ? ""
            : worded(t, "draft.problem", doing.problem.temporary ? "away" : doing.problem.code, "problem.other")}
      </p>
      {behind ? (
        <div class="cop-stale" role="alert">
          <p>
            <b>{t("post.stale")}</b> {t("post.stale.theirs")}
          </p>
          <pre dir="auto">
            {wholeText(post)}
            {post.visual === "" ? "" : `\n\n${t("post.visual")} ${post.visual}`}
          </pre>
          <div class="cop-post-buttons">
            <button type="button" class="button is-small" onClick={() => submit(version, post)}>
              {t("post.stale.keep")}
            </button>
            <button
              type="button"
              class="button is-small"
              onClick={() => {
                setBase({ post, version });
                setDraft(draftOf(post));
              }}
            >
              {t("post.stale.take")}
            </button>
          </div>
        </div>
      ) : null}
      <div class="cop-post-buttons">
        <button type="submit" class="button is-small is-primary" disabled={doing.busy || behind} aria-busy={doing.busy}>
          {t("session.save")}
        </button>
        <button type="button" class="button is-small" onClick={onClose}>
          {t("cancel")}
        </button>
        {last ? null : (
          <button
            type="button"
            class="button is-small is-quiet-danger"
            disabled={doing.busy || behind}
            onClick={() => save(null, base.version)}
          >
            {t("post.remove")}
          </button>
        )}
      </div>
    </form>
  );
}
