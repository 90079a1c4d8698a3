/** One session: its questions and answers, its drafts of posts, and its name. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { navigate } from "../../router";
import { useLoaded, useRequest, useTouched } from "../../settings/parts/use_request";
import { Empty, IconButton } from "../../views/parts/components";
import { Icon } from "../../views/parts/icons";
import { useWorkspace } from "../../views/hooks";
import { AskForm } from "../chat/ask_form";
import { Transcript } from "../chat/transcript";
import { SessionClient } from "../client";
import { DraftCard } from "../drafts/draft_card";
import { useCopilotI18n } from "../i18n";
import type { Session } from "../model/rest";
import { useChanges, useCopilotApi, useTurns } from "../use_client";
import { Confirm } from "./confirm";
import { PlaceLink } from "./place_link";
import { titleOf } from "./sessions";

export function Chat({ id }: { readonly id: string }): JSX.Element {
  const { t } = useCopilotI18n();
  if (id === "") return <Empty icon="sparkle" title={t("sessions.pick")} lead={t("sessions.pick.lead")} />;
  return <OpenChat id={id} />;
}

function OpenChat({ id }: { readonly id: string }): JSX.Element {
  const { t } = useCopilotI18n();
  const { store } = useWorkspace();
  const api = useCopilotApi();
  const loaded = useLoaded(() => api.session(id), [api, id]);
  useTouched(loaded, "copilot");
  useTurns(loaded.reload, id);
  const client = useMemo(() => new SessionClient(store, api, id), [store, api, id]);
  useEffect(() => {
    client.start();
    return () => client.close();
  }, [client]);
  useChanges(client);
  if (loaded.problem?.status === 404 || loaded.problem?.status === 422) {
    return (
      <Empty icon="search" title={t("session.gone")} lead={t("session.gone.lead")}>
        <PlaceLink place="" class="button">
          {t("page.back")}
        </PlaceLink>
      </Empty>
    );
  }
  const drafted = client.state.messages.some((one) => one.role === "copilot" && one.draft !== null);
  return (
    <>
      {loaded.value === null ? <header class="cop-head" /> : <Head session={loaded.value} onChanged={loaded.set} />}
      <Transcript
        client={client}
        posts={(draft, newest) =>
          newest ? (
            <DraftCard id={draft} client={client} />
          ) : (
            <p class="cop-bubble">
              {t("posts.made")} <PlaceLink place={`drafts/${draft}`}>{t("posts.open")}</PlaceLink>
            </p>
          )
        }
        empty={
          <div class="cop-hint">
            <p>{t("session.hint")}</p>
            <button
              type="button"
              class="button is-small"
              onClick={() => client.ask({ text: t("session.posts.text"), intent: "social_create" })}
            >
              {t("session.posts")}
            </button>
          </div>
        }
      />
      {drafted ? <p class="cop-status">{t("session.edit.hint")}</p> : null}
      <AskForm placeholder={t("ask.session")} onAsk={(text) => client.ask({ text, intent: null })} />
    </>
  );
}

function Head({
  session,
  onChanged,
}: {
  readonly session: Session;
  readonly onChanged: (session: Session) => void;
}): JSX.Element {
  const { t, language } = useCopilotI18n();
  const { project } = useWorkspace();
  const api = useCopilotApi();
  const doing = useRequest();
  const [title, setTitle] = useState<string | null>(null); // while it is edited
  const [deleting, setDeleting] = useState(false);
  const rename = (): void => {
    if (title === null || title.trim() === "") return;
    void doing.run(async () => {
      onChanged(await api.rename(session.id, title.trim()));
      setTitle(null);
    });
  };
  return (
    <header class="cop-head">
      <PlaceLink place="" class="icon-button back-to-list">
        <span class="sr-only">{t("page.back")}</span>
        <Icon name="back" />
      </PlaceLink>
      {title === null ? (
        <h2 dir="auto">{titleOf(session, t, language)}</h2>
      ) : (
        <form
          class="cop-rename"
          onSubmit={(event) => {
            event.preventDefault();
            rename();
          }}
        >
          <input
            class="input"
            ref={(field) => field?.focus()}
            value={title}
            maxLength={100}
            aria-label={t("session.name")}
            onInput={(event) => setTitle(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Escape" && setTitle(null)}
          />
          <button type="submit" class="button is-small is-primary" disabled={doing.busy || title.trim() === ""}>
            {t("session.save")}
          </button>
        </form>
      )}
      {doing.problem === null ? null : (
        <span class="cop-status is-failed" role="alert">
          {t("problem.other")}
        </span>
      )}
      {session.conversation === null ? null : (
        <IconButton
          icon="external"
          label={t("session.open.conversation")}
          onClick={() => navigate({ name: "inbox", project: project.id, conversation: session.conversation })}
        />
      )}
      <IconButton icon="pencil" label={t("session.rename")} onClick={() => setTitle(session.title)} />
      <IconButton icon="trash" label={t("session.delete")} onClick={() => setDeleting(true)} />
      {deleting ? (
        <Confirm
          title={t("session.delete.title")}
          lead={t("session.delete.lead")}
          action={t("session.delete")}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.delete(session.id);
            navigate({ name: "copilot", project: project.id, place: "" });
          }}
        />
      ) : null}
    </header>
  );
}
