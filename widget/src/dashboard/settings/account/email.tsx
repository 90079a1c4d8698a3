/** Account › Email: the current address, and a change that is not confirmed yet. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { AccountApi } from "../../rest/account_api";
import { useSession } from "../../views/session";
import { useRequest } from "../parts/use_request";
import { Card, PasswordField, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { Note } from "../parts/components";
import { To } from "../../views/parts/to";
import { useRequiredFields } from "../parts/required_fields";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";

export function EmailPage(): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  return (
    <Card title={t("email.title")} lead={t("email.lead", { email: user.email })}>
      {user.pending_email !== null ? (
        <Pending email={user.pending_email} />
      ) : user.has_password ? (
        <Change />
      ) : (
        <Note>
          {t("needs.password")}{" "}
          <To route={{ name: "account", section: "security" }} class="link">
            {t("needs.password.go")}
          </To>
        </Note>
      )}
    </Card>
  );
}

function Pending({ email }: { readonly email: string }): JSX.Element {
  const { api, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const account = useMemo(() => new AccountApi(api), [api]);
  const keep = (): void => {
    void doing.run(async () => {
      await account.keepEmail();
      changed(await account.me());
      toast(t("email.kept"));
    });
  };
  return (
    <>
      <Note icon="clock" kind="warn">
        <p>
          <b>{t("email.pending", { email })}</b>
        </p>
        <p>{t("email.pending.lead")}</p>
        <button type="button" class="button is-small" disabled={doing.busy} onClick={keep}>
          {t("email.keep")}
        </button>
      </Note>
      <Wrong problem={doing.problem} />
    </>
  );
}

function Change(): JSX.Element {
  const { api, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const account = useMemo(() => new AccountApi(api), [api]);
  const missing = useRequiredFields({ new_email: email.trim() === "", password: password === "" });
  useUnsaved(email !== "" || password !== "");
  const change = (): void => {
    void doing.run(async () => {
      await account.changeEmail(email.trim(), password);
      changed(await account.me());
      toast(t("email.sent"));
    });
  };
  return (
    <form onSubmit={submitting(change, missing.pressed)} noValidate>
      <TextField
        label={t("email.new")}
        type="email"
        value={email}
        onInput={setEmail}
        autocomplete="email"
        most={254}
        error={missing.of("new_email") ?? wrong("new_email")}
      />
      <PasswordField
        label={t("password.yours")}
        value={password}
        onInput={setPassword}
        error={missing.of("password") ?? wrong("password")}
        hint={t("password.why")}
      />
      <Wrong problem={doing.problem} besides={["new_email", "password"]} />
      <Submit label={t("email.change")} busy={doing.busy} />
    </form>
  );
}
