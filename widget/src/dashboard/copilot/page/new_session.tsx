/** The dialog that begins a session: empty, from an article, or from a conversation. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { ArticlePage, Conversation } from "../../../rest/types";
import { nameOf } from "../../state/placeholder_names";
import { useLoaded, useRequest } from "../../settings/parts/use_request";
import { Modal } from "../../views/parts/dialog";
import { useSession } from "../../views/session";
import { useWorkspace } from "../../views/hooks";
import { useCopilotI18n, worded } from "../i18n";
import type { Session } from "../model/rest";
import { useCopilotApi } from "../use_client";
import { TryAgain } from "../../views/parts/try_again";

const FIND_DELAY = 250; // ms after the last key
const MAX_SHOWN = 20;

type From = "empty" | "article" | "conversation";

interface Choice {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
}

interface NewSessionProps {
  readonly onBegun: (session: Session) => void;
  readonly onClose: () => void;
}

export function NewSession({ onBegun, onClose }: NewSessionProps): JSX.Element {
  const { t } = useCopilotI18n();
  const api = useCopilotApi();
  const doing = useRequest();
  const [from, setFrom] = useState<From>("empty");
  const [picked, setPicked] = useState<Choice | null>(null);
  const ready = from === "empty" || picked !== null;
  const begin = (): void => {
    void doing.run(async () => {
      const about = picked === null ? null : from === "article" ? { article: picked.id } : { conversation: picked.id };
      onBegun(await api.begin(about, picked === null ? undefined : picked.label.slice(0, 100)));
    });
  };
  return (
    <Modal label={t("new.title")} onClose={onClose}>
      <form
        class="confirm"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) begin();
        }}
      >
        <h2>{t("new.title")}</h2>
        <fieldset class="radios cop-new">
          <legend class="sr-only">{t("new.title")}</legend>
          {(["empty", "article", "conversation"] as const).map((one) => (
            <label class="radio" key={one}>
              <input
                type="radio"
                name="from"
                checked={from === one}
                onChange={() => {
                  setFrom(one);
                  setPicked(null);
                }}
              />
              <span>
                <b>{t(`new.${one}`)}</b>
                <small>{t(`new.${one}.lead`)}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {from === "empty" ? null : <Find key={from} from={from} picked={picked} onPick={setPicked} />}
        <p class="cop-status is-failed" role="alert">
          {doing.problem === null
            ? ""
            : worded(t, "problem", doing.problem.temporary ? "away" : doing.problem.code, "problem.other")}
        </p>
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" class="button is-primary" disabled={!ready || doing.busy} aria-busy={doing.busy}>
            {t("new.begin")}
          </button>
        </footer>
      </form>
    </Modal>
  );
}

interface FindProps {
  readonly from: "article" | "conversation";
  readonly picked: Choice | null;
  readonly onPick: (choice: Choice) => void;
}

function Find({ from, picked, onPick }: FindProps): JSX.Element {
  const { t, language } = useCopilotI18n();
  const { api } = useSession();
  const { project } = useWorkspace();
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQuery(typed.trim()), FIND_DELAY);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useLoaded<readonly Choice[]>(async () => {
    if (from === "conversation") {
      const search = new URLSearchParams(query === "" ? {} : { visitor: query });
      const { items } = await api.conversations(project.id, search.toString(), null);
      return items.slice(0, MAX_SHOWN).map((one: Conversation) => ({
        id: one.id,
        label: nameOf(one.visitor, language),
        hint: one.snippet,
      }));
    }
    // An article that was changed since it was published is a second state of the same list.
    const pages = await Promise.all(
      ["published", "changed"].map((state) => {
        const search = new URLSearchParams({ state, ...(query === "" ? {} : { text: query }) });
        return api.call<ArticlePage>("GET", `/projects/${project.id}/articles?${search}`);
      }),
    );
    return pages
      .flatMap(({ items }) => items)
      .sort((one, other) => other.changed_at - one.changed_at)
      .slice(0, MAX_SHOWN)
      .map((one) => ({ id: one.id, label: one.title, hint: one.category }));
  }, [api, from, query, language]);
  return (
    <div class="cop-find">
      <input
        class="input"
        type="search"
        value={typed}
        aria-label={t("new.find")}
        placeholder={t("new.find")}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <div class="cop-found" role="radiogroup" aria-label={t(`new.${from}`)}>
        {found.problem !== null ? (
          <p class="cop-line" role="alert">
            {t("list.not.loaded")} <TryAgain problem={found.problem} onRetry={() => void found.reload()} />
          </p>
        ) : null}
        {found.value?.length === 0 ? <p class="cop-line">{t(`new.${from}s.none`)}</p> : null}
        {(found.value ?? []).map((one) => (
          <label class="radio" key={one.id}>
            <input type="radio" name="about" checked={picked?.id === one.id} onChange={() => onPick(one)} />
            <span>
              <b dir="auto">{one.label}</b>
              <small dir="auto">{one.hint}</small>
            </span>
          </label>
        ))}
      </div>
    </div>
  );
}
