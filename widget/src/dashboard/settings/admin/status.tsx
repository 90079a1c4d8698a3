/** Administration › Status: health checks, and a test mail. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { SystemStatus } from "../../../rest/types";
import { AdminApi } from "../../rest/admin_api";
import { Icon } from "../../views/parts/icons";
import { useSession } from "../../views/session";
import { useRequest, useLoaded } from "../parts/use_request";
import { Card, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { Note, Shown } from "../parts/components";
import { useToast } from "../parts/toast";
import { isKey, useSettingsI18n } from "../i18n";

export function StatusPage(): JSX.Element {
  const { api } = useSession();
  const { t } = useSettingsI18n();
  const admin = useMemo(() => new AdminApi(api), [api]);
  const loaded = useLoaded(() => admin.status(), [admin]);
  return (
    <>
      <Card title={t("status.title")} lead={t("status.lead")}>
        <Shown of={loaded}>{(status) => <Checks status={status} />}</Shown>
        <div class="card-foot">
          <button type="button" class="button" onClick={() => void loaded.reload()}>
            {t("status.again")}
          </button>
        </div>
      </Card>
      <Card title={t("status.mail")} lead={t("status.mail.lead")}>
        <Shown of={loaded}>
          {({ mail }) => (
            <Note kind={mail.mode === "smtp" && mail.dead === 0 ? "good" : "warn"} icon="mail">
              <p>{t(`status.mail.${mail.mode}`)}</p>
              <p>{t("status.mail.queue", { waiting: mail.waiting, dead: mail.dead })}</p>
            </Note>
          )}
        </Shown>
        <TestMail admin={admin} />
      </Card>
    </>
  );
}

function Checks({ status }: { readonly status: SystemStatus }): JSX.Element {
  const { t } = useSettingsI18n();
  const named = (prefix: string, name: string): string => {
    const key = `${prefix}.${name}`;
    return isKey(key) ? t(key) : name.replaceAll("_", " ");
  };
  return (
    <>
      <ul class="items">
        {Object.entries(status.checks).map(([name, { ok, detail = "" }]) => (
          <li key={name} class="item">
            <span class={ok ? "check is-good" : "check is-bad"}>
              <Icon name={ok ? "check" : "alert"} size={16} />
            </span>
            <span class="item-text">
              <b>{named("check", name)}</b>
              {detail === "" ? null : <small>{detail}</small>}
            </span>
            <span class={ok ? "tag is-good" : "tag is-bad"}>{t(ok ? "status.ok" : "status.bad")}</span>
          </li>
        ))}
      </ul>
      <dl class="numbers">
        {Object.entries(status.counts).map(([name, n]) => (
          <div key={name}>
            <dt>{named("count", name)}</dt>
            <dd>{n}</dd>
          </div>
        ))}
        {Object.entries(status.versions).map(([name, version]) => (
          <div key={name}>
            <dt>{named("version", name)}</dt>
            <dd>{version}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function TestMail({ admin }: { readonly admin: AdminApi }): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [recipient, setRecipient] = useState(user.email);
  const send = (): void => {
    void doing.run(async () => {
      await admin.sendTestMail(recipient.trim());
      toast(t("status.mail.sent", { email: recipient.trim() }));
    });
  };
  return (
    <form onSubmit={submitting(send)} noValidate>
      <TextField
        label={t("status.mail.to")}
        type="email"
        value={recipient}
        onInput={setRecipient}
        most={254}
        error={wrong("recipient")}
      />
      <Wrong problem={doing.problem} besides={["recipient"]} />
      <Submit label={t("status.mail.send")} busy={doing.busy} disabled={recipient.trim() === ""} />
    </form>
  );
}
