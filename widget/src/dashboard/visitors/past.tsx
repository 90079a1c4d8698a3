/** A visitor's conversations, in the panel: the latest first, page by page. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import type { PastConversation } from "../../rest/types";
import { useLoaded, useRequest, useTouched } from "../settings/parts/use_request";
import type { Conversation } from "../state/model";
import { ago, exactly } from "../state/times";
import { type I18n, useNow, useWorkspace } from "../views/hooks";
import { timeTexts } from "../views/parts/components";
import { useSession } from "../views/session";
import { VisitorsApi } from "./api";
import { TryAgain } from "../views/parts/try_again";

interface PastProps {
  readonly row: Conversation;
  readonly i18n: I18n;
}

export function Past({ row, i18n }: PastProps): JSX.Element | null {
  const { t } = i18n;
  const { api: rest } = useSession();
  const { project } = useWorkspace();
  const api = useMemo(() => new VisitorsApi(rest, project.id), [rest, project.id]);
  const first = useLoaded(() => api.conversations(row.visitor.id, null), [api, row.visitor.id, row.id]);
  useTouched(first, "visitors");
  useEffect(() => {
    if (first.value !== null) void first.reload(); // its own row changed; the old rows stay until the answer
  }, [row.status]);
  const [older, setOlder] = useState<{
    readonly items: readonly PastConversation[];
    readonly next_cursor: string | null;
  }>();
  useEffect(() => setOlder(undefined), [first.value]);
  const doing = useRequest();
  const items = [...(first.value?.items ?? []), ...(older?.items ?? [])];
  const next = older === undefined ? (first.value?.next_cursor ?? null) : older.next_cursor;
  const more = (): void => {
    void doing.run(async () => {
      const page = await api.conversations(row.visitor.id, next);
      setOlder({ items: [...(older?.items ?? []), ...page.items], next_cursor: page.next_cursor });
    });
  };
  const others = items.filter(({ id }) => id !== row.id);
  return (
    <section class="panel-part">
      <h3>{t("past")}</h3>
      {first.problem !== null && first.value === null ? (
        <p class="quiet" role="alert">
          {t("past.failed")} <TryAgain problem={first.problem} onRetry={() => void first.reload()} />
        </p>
      ) : first.value === null ? (
        <i class="bone is-long" aria-hidden="true" />
      ) : others.length === 0 ? (
        <p class="quiet">{t("past.none")}</p>
      ) : (
        <ul class="past">
          {others.map((one) => (
            <Item key={one.id} of={one} i18n={i18n} />
          ))}
        </ul>
      )}
      {next === null ? null : (
        <button type="button" class="button is-small" aria-busy={doing.busy} disabled={doing.busy} onClick={more}>
          {t("past.more")}
        </button>
      )}
      {doing.problem === null ? null : (
        <p class="quiet" role="alert">
          {t("past.failed")}
        </p>
      )}
    </section>
  );
}

function Item({ of, i18n: { t, language } }: { readonly of: PastConversation; readonly i18n: I18n }): JSX.Element {
  const { go, project } = useWorkspace();
  const now = useNow();
  return (
    <li>
      <a
        class="past-one"
        href={`/app/p/${project.id}/c/${of.id}`}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          go.open(of.id);
        }}
      >
        <span class="past-head">
          <i class={`status-dot status-${of.status}`} aria-hidden="true" />
          <span>{t(`status.${of.status}`)}</span>
          <time title={exactly(of.last_message_at, language)}>
            {ago(of.last_message_at, now, language, timeTexts(t))}
          </time>
        </span>
        <span class="past-snippet" dir="auto">
          {of.snippet}
        </span>
      </a>
    </li>
  );
}
