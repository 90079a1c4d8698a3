/** Account › Security: password and second factor. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { AccountApi } from "../../rest/account_api";
import { useSession } from "../../views/session";
import { useRequest } from "../parts/use_request";
import { Card, PasswordField, Submit, submitting, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { useRequiredFields } from "../parts/required_fields";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { StrengthMeter } from "./strength";
import { TwoFactor } from "./two_factor";

export function SecurityPage(): JSX.Element {
  return (
    <>
      <Password />
      <TwoFactor />
    </>
  );
}

function Password(): JSX.Element {
  const { api, user, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const account = useMemo(() => new AccountApi(api), [api]);
  useUnsaved(current !== "" || fresh !== "");
  const save = (): void => {
    void doing.run(async () => {
      await account.setPassword(user.has_password ? current : null, fresh);
      setCurrent("");
      setFresh("");
      toast(t(user.has_password ? "password.changed" : "password.set"));
      changed({ ...user, has_password: true });
    });
  };
  const missing = useRequiredFields({
    current_password: user.has_password && current === "",
    new_password: fresh === "",
  });
  return (
    <Card title={t("password.title")} lead={t(user.has_password ? "password.lead" : "password.lead.none")}>
      <form onSubmit={submitting(save, missing.pressed)} noValidate>
        <input
          class="sr-only"
          type="text"
          autocomplete="username"
          value={user.email}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        {user.has_password ? (
          <PasswordField
            label={t("password.current")}
            value={current}
            onInput={setCurrent}
            error={missing.of("current_password") ?? wrong("current_password")}
          />
        ) : null}
        <PasswordField
          label={t("password.new")}
          value={fresh}
          onInput={setFresh}
          fresh
          error={missing.of("new_password") ?? wrong("new_password")}
          hint={t("password.hint")}
        />
        <StrengthMeter password={fresh} />
        <Wrong problem={doing.problem} besides={["current_password", "new_password"]} />
        <Submit label={t(user.has_password ? "password.change" : "password.choose")} busy={doing.busy} />
      </form>
    </Card>
  );
}
