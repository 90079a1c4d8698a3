/** The fields of a webhook: a new one, and an edited one. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { MadeWebhook, NewWebhook, Webhook } from "../../../rest/types";
import { Icon } from "../../views/parts/icons";
import { useSettingsI18n } from "../i18n";
import { Card, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useRequiredFields } from "../parts/required_fields";
import { useToast } from "../parts/toast";
import { useUnsaved } from "../parts/unsaved";
import { type Loaded, useRequest } from "../parts/use_request";
import type { WebhooksApi } from "./api";
import { EVENTS } from "./events";
import { HeaderFields, headersOf, type HeaderRow } from "./header_fields";

type Asked = NewWebhook["events"];

interface Draft {
  readonly url: string;
  readonly description: string;
  readonly events: Asked;
  readonly ordered: boolean;
  readonly headers: readonly HeaderRow[] | null; // null: those that are there stay
}

const FIELDS = ["url", "description", "events", "headers"] as const;
const EMPTY: Draft = { url: "", description: "", events: [], ordered: true, headers: [] };

interface NewProps {
  readonly api: WebhooksApi;
  readonly onMade: (made: MadeWebhook) => void;
}

export function NewForm({ api, onMade }: NewProps): JSX.Element {
  const { t } = useSettingsI18n();
  const doing = useRequest();
  const [draft, setDraft] = useState(EMPTY);
  useUnsaved(draft !== EMPTY);
  const missing = useRequiredFields(emptyIn(draft));
  const create = (): void => {
    void doing.run(async () => onMade(await api.create(bodyOf(draft))));
  };
  return (
    <Card title={t("webhooks.new")} lead={t("webhooks.new.lead")}>
      <form onSubmit={submitting(create, missing.pressed)} noValidate>
        <Fields draft={draft} setDraft={setDraft} problem={doing.problem} missing={missing} />
        <Wrong problem={doing.problem} besides={FIELDS} />
        <Submit label={t("webhooks.create")} busy={doing.busy} />
      </form>
    </Card>
  );
}

interface EditProps {
  readonly api: WebhooksApi;
  readonly loaded: Loaded<readonly Webhook[]>;
  readonly webhook: Webhook;
  readonly onClose: () => void;
}

export function EditForm({ api, loaded, webhook, onClose }: EditProps): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [opened] = useState(webhook); // a change by another manager is refused, not overwritten
  const [draft, setDraft] = useState<Draft>(() => ({ ...opened, events: opened.events as Asked, headers: null }));
  useUnsaved(true);
  const missing = useRequiredFields(emptyIn(draft));
  const save = (): void => {
    void doing.run(async () => {
      const fresh = await api.change(opened.id, { version: opened.version, ...bodyOf(draft) });
      loaded.set((now) => now.map((one) => (one.id === fresh.id ? fresh : one)));
      toast(t("webhooks.saved"));
      onClose();
    });
  };
  return (
    <form class="inset" onSubmit={submitting(save, missing.pressed)} noValidate>
      <Fields draft={draft} setDraft={setDraft} problem={doing.problem} missing={missing} kept={opened.headers} />
      <Wrong problem={doing.problem} besides={FIELDS} />
      <Submit label={t("save")} busy={doing.busy}>
        <button type="button" class="button" onClick={onClose}>
          {t("cancel")}
        </button>
      </Submit>
    </form>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly setDraft: (draft: Draft) => void;
  readonly problem: Parameters<typeof useFieldError>[0];
  readonly missing: ReturnType<typeof useRequiredFields>;
  readonly kept?: readonly string[]; // names of the headers that the server has
}

function Fields({ draft, setDraft, problem, missing, kept = [] }: FieldsProps): JSX.Element {
  const { t } = useSettingsI18n();
  const wrong = useFieldError(problem);
  const toggle = (event: Asked[number]): void =>
    setDraft({
      ...draft,
      events: draft.events.includes(event) ? draft.events.filter((one) => one !== event) : [...draft.events, event],
    });
  return (
    <>
      <TextField
        label={t("webhooks.url")}
        value={draft.url}
        onInput={(url) => setDraft({ ...draft, url })}
        most={2_000}
        code
        error={missing.of("url") ?? (wrong("url") === null ? null : t("webhooks.url.wrong"))}
        hint={t("webhooks.url.hint")}
      />
      <TextField
        label={t("webhooks.description")}
        value={draft.description}
        onInput={(description) => setDraft({ ...draft, description })}
        most={200}
        error={wrong("description")}
        hint={t("webhooks.description.hint")}
      />
      <fieldset class="radios">
        <legend>{t("webhooks.events")}</legend>
        {EVENTS.map((event) => (
          <label key={event} class="radio">
            <input type="checkbox" checked={draft.events.includes(event)} onChange={() => toggle(event)} />
            <span>
              <b>{t(`webhooks.event.${event}`)}</b>
              <small>
                <code>{event}</code>
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      {missing.of("events") === null ? null : (
        <p class="setting-error" role="alert">
          <Icon name="alert" size={14} />
          {t("webhooks.events.needed")}
        </p>
      )}
      <label class="radio">
        <input
          type="checkbox"
          checked={draft.ordered}
          onChange={(event) => setDraft({ ...draft, ordered: event.currentTarget.checked })}
        />
        <span>
          <b>{t("webhooks.ordered")}</b>
          <small>{t("webhooks.ordered.hint")}</small>
        </span>
      </label>
      <HeaderFields
        rows={draft.headers}
        kept={kept}
        error={wrong("headers")}
        onChange={(headers) => setDraft({ ...draft, headers })}
      />
    </>
  );
}

function emptyIn({ url, events }: Draft): Record<"url" | "events", boolean> {
  return { url: url.trim() === "", events: events.length === 0 };
}

function bodyOf({ url, description, events, ordered, headers }: Draft): NewWebhook {
  const body = { url: url.trim(), description, events, ordered };
  return headers === null ? body : { ...body, headers: headersOf(headers) };
}
