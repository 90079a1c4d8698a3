/** Project › Canned responses: the list, with search; managers create, edit and delete. */

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import type { CannedResponse } from "../../../rest/types";
import { CannedResponsesApi } from "../../canned_responses/api";
import { categoriesOf, containing, inCategory, indexed } from "../../canned_responses/search";
import { useSession } from "../../views/session";
import { useSettingsI18n } from "../i18n";
import { Confirm, Shown } from "../parts/components";
import { Card, Field, Select, TextField } from "../parts/forms";
import { useToast } from "../parts/toast";
import { type Loaded, useLoaded, useTouched } from "../parts/use_request";
import { ManagersOnly } from "../project/managers_only";
import { useProject } from "../project/use_project";
import { EditForm, NewForm } from "./form";
import { Transfer } from "./transfer";

export function CannedResponsesPage(): JSX.Element {
  const { api: rest } = useSession();
  const { project, manager } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const api = useMemo(() => new CannedResponsesApi(rest, project.id), [rest, project.id]);
  const loaded = useLoaded(() => api.all(), [api]);
  useTouched(loaded, "canned_responses");
  const [deleting, setDeleting] = useState<CannedResponse | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const remove = async ({ id, shortcut }: CannedResponse): Promise<void> => {
    await api.delete(id);
    loaded.set((now) => now.filter((one) => one.id !== id));
    toast(t("canned.deleted", { shortcut }));
    list.current?.focus();
  };
  return (
    <>
      {manager ? <NewForm api={api} loaded={loaded} /> : <ManagersOnly />}
      <Card title={t("canned.title")} lead={t("canned.lead")}>
        <Shown of={loaded}>
          {(responses) => <List api={api} loaded={loaded} responses={responses} list={list} onDelete={setDeleting} />}
        </Shown>
      </Card>
      {manager ? <Transfer api={api} loaded={loaded} /> : null}
      {deleting === null ? null : (
        <Confirm
          title={t("canned.delete.of", { shortcut: deleting.shortcut })}
          lead={t("canned.delete.lead")}
          action={t("canned.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={() => remove(deleting)}
        />
      )}
    </>
  );
}

const SHOWN = 100; // rows at once: the others are found by search

interface ListProps {
  readonly api: CannedResponsesApi;
  readonly loaded: Loaded<readonly CannedResponse[]>;
  readonly responses: readonly CannedResponse[];
  readonly list: { current: HTMLUListElement | null };
  readonly onDelete: (response: CannedResponse) => void;
}

function List({ api, loaded, responses, list, onDelete }: ListProps): JSX.Element {
  const { manager } = useProject();
  const { t } = useSettingsI18n();
  const [words, setWords] = useState("");
  const [editing, setEditing] = useState<CannedResponse | null>(null);
  const index = useMemo(() => indexed(responses), [responses]);
  const categories = useMemo(() => categoriesOf(index), [index]);
  const [wanted, setCategory] = useState("");
  const category = categories.includes(wanted) ? wanted : ""; // the last one of it may have been deleted
  const found = useMemo(() => containing(inCategory(index, category), words), [index, category, words]);
  const count = found.length;
  // The response being edited stays on screen, also if the search hides it or another person deletes it.
  const edited = editing === null ? undefined : responses.find(({ id }) => id === editing.id);
  if (responses.length === 0 && editing === null) return <p class="nothing">{t("canned.none")}</p>;
  return (
    <>
      <TextField label={t("canned.search")} type="search" value={words} onInput={setWords} most={100} />
      {categories.length === 0 ? null : (
        <Field label={t("canned.category")}>
          {(given) => (
            <Select
              {...given}
              value={category}
              choices={[["", t("canned.category.all")], ...categories.map((name) => [name, name] as const)]}
              onPick={setCategory}
            />
          )}
        </Field>
      )}
      <p class="sr-only" role="status">
        {t("canned.count", { n: count })}
      </p>
      {editing === null ? null : (
        <EditForm
          key={editing.id}
          api={api}
          loaded={loaded}
          opened={editing}
          saved={edited ?? null}
          onClose={() => {
            setEditing(null);
            list.current?.focus();
          }}
        />
      )}
      {count === 0 && responses.length > 0 ? (
        <p class="nothing">{words === "" ? t("canned.category.none") : t("canned.search.none", { words })}</p>
      ) : null}
      <ul class="items" ref={list} tabIndex={-1}>
        {found.slice(0, SHOWN).map((response) => (
          <li class="item" key={response.id}>
            <span class="item-text">
              <b>
                <code>/{response.shortcut}</code>{" "}
                {response.category === "" ? null : <span class="tag">{response.category}</span>}
              </b>
              <span class="is-content">{response.content}</span>
              <small>{usesOf(response, t)}</small>
            </span>
            {manager ? (
              <>
                <button
                  type="button"
                  class="button is-small"
                  aria-label={t("canned.edit.of", { shortcut: response.shortcut })}
                  onClick={() => setEditing(response)}
                >
                  {t("canned.edit")}
                </button>
                <button
                  type="button"
                  class="button is-small"
                  aria-label={t("canned.delete.of", { shortcut: response.shortcut })}
                  onClick={() => onDelete(response)}
                >
                  {t("canned.delete")}
                </button>
              </>
            ) : null}
          </li>
        ))}
      </ul>
    </>
  );
}

function usesOf({ uses }: CannedResponse, t: ReturnType<typeof useSettingsI18n>["t"]): string {
  return uses === 0 ? t("canned.unused") : t("canned.uses", { n: uses });
}
