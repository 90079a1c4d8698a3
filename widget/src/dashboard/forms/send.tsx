/** Sending a form: a searchable menu of the templates, then a dialog that sends the form or fills it in. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { newId } from "../../wire/ids";
import type { FormTemplate } from "../../rest/types";
import { useLoaded, useRequest, useTouched } from "../settings/parts/use_request";
import { useWorkspace } from "../views/hooks";
import { Modal } from "../views/parts/dialog";
import { Menu } from "../views/parts/menu";
import { Icon } from "../views/parts/icons";
import { To } from "../views/parts/to";
import { AnswerDialog } from "./answer_dialog";
import { type FormKey, sentence, useFormI18n } from "./i18n";
import { useFormsApi } from "./use_forms";
import { TryAgain } from "../views/parts/try_again";

interface SendFormProps {
  readonly conversation: string;
  readonly onClose: () => void;
}

export function SendForm({ conversation, onClose }: SendFormProps): JSX.Element {
  const { t } = useFormI18n();
  const api = useFormsApi();
  const { project } = useWorkspace();
  const manager = project.role === "manager";
  const loaded = useLoaded(() => api.templates(), [api]);
  useTouched(loaded, "form_templates");
  const [picked, setPicked] = useState<FormTemplate | null>(null);
  const [filling, setFilling] = useState(false);
  if (picked !== null && filling) {
    const { id, name, fields } = picked;
    return <Filling conversation={conversation} template={id} name={name} fields={fields} onClose={onClose} />;
  }
  if (picked !== null) {
    return (
      <SendDialog conversation={conversation} template={picked} onFill={() => setFilling(true)} onClose={onClose} />
    );
  }
  const offered = (loaded.value ?? []).filter(({ enabled }) => enabled);
  if (offered.length > 0) {
    return (
      <Menu
        label={t("send.title")}
        filter={t("send.search")}
        choices={offered.map(({ id, name, fields }) => ({
          id,
          label: name,
          hint: t(fields.length === 1 ? "send.count.one" : "send.count", { n: fields.length }),
        }))}
        onPick={(id) => setPicked(offered.find((one) => one.id === id) ?? null)}
        onClose={onClose}
      />
    );
  }
  if (loaded.value === null && loaded.problem === null) {
    return (
      <p class="menu form-loading" role="status">
        {t("loading")}
      </p>
    );
  }
  return (
    <Modal label={t("send.title")} onClose={onClose}>
      <div class="confirm">
        <h2>{t("send.title")}</h2>
        {loaded.value !== null ? (
          <p class="confirm-lead">
            {t("send.none")} {manager ? "" : t("send.none.agent")}
          </p>
        ) : (
          <p class="confirm-lead" role="alert">
            {t("send.failed")} <TryAgain problem={loaded.problem} onRetry={() => void loaded.reload()} />
          </p>
        )}
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("close")}
          </button>
          {manager ? (
            <To route={{ name: "project settings", project: project.id, section: "forms" }} class="button is-primary">
              {t("send.manage")}
            </To>
          ) : null}
        </footer>
      </div>
    </Modal>
  );
}

interface FillingProps extends Pick<FormTemplate, "name" | "fields"> {
  readonly conversation: string;
  readonly template: string;
  readonly onClose: () => void;
}

function Filling({ conversation, template, name, fields, onClose }: FillingProps): JSX.Element {
  const { t } = useFormI18n();
  const api = useFormsApi();
  const ref = useRef(newId(Date.now())); // a second attempt is the same answer
  return (
    <AnswerDialog
      title={t("fill.title", { name })}
      action={t("fill.go")}
      fields={fields}
      values={{}}
      onSave={async (values) => void (await api.fill(conversation, { template, values, ref: ref.current }))}
      onClose={onClose}
    />
  );
}

const HOUR = 3_600; // s
const EXPIRIES: readonly (readonly [FormKey, number | undefined])[] = [
  ["send.expires.never", undefined],
  ["send.expires.hour", HOUR],
  ["send.expires.day", 24 * HOUR],
  ["send.expires.week", 7 * 24 * HOUR],
  ["send.expires.month", 30 * 24 * HOUR],
];

interface SendDialogProps extends SendFormProps {
  readonly template: FormTemplate;
  readonly onFill: () => void;
}

function SendDialog({ conversation, template, onFill, onClose }: SendDialogProps): JSX.Element {
  const { t } = useFormI18n();
  const api = useFormsApi();
  const doing = useRequest();
  const ref = useRef(newId(Date.now()));
  const [expiry, setExpiry] = useState<FormKey>("send.expires.never");
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const expires_in = EXPIRIES.find(([key]) => key === expiry)?.[1];
    const form = { template: template.id, ref: ref.current, ...(expires_in === undefined ? {} : { expires_in }) };
    if (await doing.run(async () => void (await api.send(conversation, form)))) onClose();
  };
  return (
    <Modal label={template.name} onClose={onClose}>
      <form class="confirm" onSubmit={(event) => void send(event)}>
        <h2>
          <bdi>{template.name}</bdi>
        </h2>
        <div class="confirm-lead">
          <p>{t("send.fields")}</p>
          <ul class="form-outline">
            {template.fields.map(({ key, label, required }) => (
              <li key={key}>
                <bdi>{label}</bdi>
                {required ? ` (${t("required")})` : ""}
              </li>
            ))}
          </ul>
        </div>
        <label class="form-expiry">
          {t("send.expires")}
          <span class="select">
            <select value={expiry} onChange={(event) => setExpiry(event.currentTarget.value as FormKey)}>
              {EXPIRIES.map(([key]) => (
                <option key={key} value={key}>
                  {t(key)}
                </option>
              ))}
            </select>
            <Icon name="down" size={16} />
          </span>
        </label>
        {doing.problem === null ? null : (
          <p class="form-problem" role="alert">
            <Icon name="alert" size={16} />
            {sentence(doing.problem, t)}
          </p>
        )}
        <footer class="confirm-foot">
          <button type="button" class="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="button" class="button" onClick={onFill}>
            {t("send.fill")}
          </button>
          <button type="submit" class="button is-primary" disabled={doing.busy} aria-busy={doing.busy}>
            {t("send.go")}
          </button>
        </footer>
      </form>
    </Modal>
  );
}
