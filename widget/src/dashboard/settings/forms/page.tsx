/** Project › Forms: the templates; managers build, switch on and off, and delete them. */

import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import type { FormTemplate } from "../../../rest/types";
import { FormsApi } from "../../forms/api";
import { Icon } from "../../views/parts/icons";
import { useSession } from "../../views/session";
import { sentence, useSettingsI18n } from "../i18n";
import { Confirm, Shown } from "../parts/components";
import { download } from "../parts/download";
import { Card } from "../parts/forms";
import { useToast } from "../parts/toast";
import { useLoaded, useRequest, useTouched } from "../parts/use_request";
import { ManagersOnly } from "../project/managers_only";
import { useProject } from "../project/use_project";
import { Editor, isTaken } from "./editor";

/** What the builder shows; "new": a template that is not saved yet. */
type Editing = FormTemplate | "new" | null;

export function FormsPage(): JSX.Element {
  const { api: rest } = useSession();
  const { project, manager } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const api = useMemo(() => new FormsApi(rest, project.id), [rest, project.id]);
  const loaded = useLoaded(() => api.templates(), [api]);
  useTouched(loaded, "form_templates");
  const [editing, setEditing] = useState<Editing>(null);
  const [deleting, setDeleting] = useState<FormTemplate | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const put = (template: FormTemplate): void =>
    loaded.set((now) => {
      const known = now.some(({ id }) => id === template.id);
      return known ? now.map((one) => (one.id === template.id ? template : one)) : [...now, template];
    });
  const close = (): void => {
    setEditing(null);
    list.current?.focus();
  };
  return (
    <>
      {manager ? null : <ManagersOnly />}
      <Card title={t("forms.title")} lead={t("forms.lead")} same>
        {manager && editing === null ? (
          <div>
            <button type="button" class="button is-primary" onClick={() => setEditing("new")}>
              <Icon name="plus" size={16} />
              {t("forms.new")}
            </button>
          </div>
        ) : null}
        <Shown of={loaded}>
          {(templates) => (
            <>
              {editing === null ? null : (
                <Editor
                  key={editing === "new" ? "new" : editing.id}
                  api={api}
                  opened={editing === "new" ? null : editing}
                  saved={editing === "new" ? null : (templates.find(({ id }) => id === editing.id) ?? null)}
                  onSaved={(template) => {
                    put(template);
                    toast(t(editing === "new" ? "forms.created" : "forms.changed", { name: template.name }));
                    close();
                  }}
                  onClose={close}
                  onStale={() => void loaded.reload()}
                />
              )}
              {templates.length === 0 && editing === null ? <p class="nothing">{t("forms.none")}</p> : null}
              <ul class="items" ref={list} tabIndex={-1} aria-label={t("forms.title")}>
                {templates.map((template) => (
                  <Item
                    key={template.id}
                    api={api}
                    template={template}
                    manager={manager}
                    onChanged={put}
                    onStale={() => void loaded.reload()}
                    onEdit={() => setEditing(template)}
                    onDelete={() => setDeleting(template)}
                  />
                ))}
              </ul>
            </>
          )}
        </Shown>
      </Card>
      {deleting === null ? null : (
        <Confirm
          title={t("forms.delete.of", { name: deleting.name })}
          lead={t("forms.delete.lead")}
          action={t("forms.delete")}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await api.delete(deleting.id);
            loaded.set((now) => without(now, deleting));
            toast(t("forms.deleted", { name: deleting.name }));
            list.current?.focus();
          }}
        />
      )}
    </>
  );
}

interface ItemProps {
  readonly api: FormsApi;
  readonly template: FormTemplate;
  readonly manager: boolean;
  readonly onChanged: (template: FormTemplate) => void;
  readonly onStale: () => void;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

function Item({ api, template, manager, onChanged, onStale, onEdit, onDelete }: ItemProps): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const { id, name, description, enabled, pre_chat, version, answers } = template;
  const count = template.fields.length;
  const enable = async (on: boolean): Promise<void> => {
    const done = await doing.run(async () => onChanged(await api.change(id, { version, enabled: on })));
    if (done) toast(t(on ? "forms.switched.on" : "forms.switched.off", { name }));
    else onStale(); // the switch shows what is saved
  };
  return (
    <li class="item form-item">
      <span class="item-text">
        <b>
          <bdi>{name}</bdi> {enabled ? null : <span class="tag">{t("forms.disabled")}</span>}{" "}
          {pre_chat ? <span class="tag is-good">{t("forms.pre_chat.tag")}</span> : null}
        </b>
        {description === "" ? null : <span class="is-content">{description}</span>}
        <small>
          {t(count === 1 ? "forms.count.one" : "forms.count", { n: count })}
          {" · "}
          {t(answers === 1 ? "forms.answers.one" : "forms.answers", { n: answers })}
        </small>
        {doing.problem === null ? null : (
          <small class="why" role="alert">
            {isTaken(doing.problem, "pre_chat") ? t("forms.taken.pre_chat") : sentence(doing.problem, t)}
          </small>
        )}
      </span>
      <span class="row-of-buttons">
        <button
          type="button"
          class="button is-small"
          disabled={doing.busy}
          aria-label={t("forms.csv.of", { name })}
          onClick={() => void doing.run(async () => download(`${name}.csv`, "text/csv", await api.answers(id)))}
        >
          <Icon name="download" size={16} />
          {t("forms.csv")}
        </button>
        {manager ? (
          <>
            <button
              type="button"
              class="button is-small"
              disabled={doing.busy}
              aria-label={t(enabled ? "forms.disable.of" : "forms.enable.of", { name })}
              onClick={() => void enable(!enabled)}
            >
              {t(enabled ? "forms.disable" : "forms.enable")}
            </button>
            <button type="button" class="button is-small" aria-label={t("forms.edit.of", { name })} onClick={onEdit}>
              {t("forms.edit")}
            </button>
            <button
              type="button"
              class="button is-small"
              aria-label={t("forms.delete.of", { name })}
              onClick={onDelete}
            >
              {t("forms.delete")}
            </button>
          </>
        ) : null}
      </span>
    </li>
  );
}

function without(templates: readonly FormTemplate[], { id }: FormTemplate): readonly FormTemplate[] {
  return templates.filter((one) => one.id !== id);
}
