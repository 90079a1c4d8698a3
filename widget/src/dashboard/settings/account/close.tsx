/** Account › Close: deactivate or delete the account. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { AccountApi } from "../../rest/account_api";
import { useSession } from "../../views/session";
import { Card, PasswordField, TextField, useFieldError } from "../parts/forms";
import type { RequestState } from "../parts/use_request";
import { Confirm } from "../parts/components";
import { useSettingsI18n } from "../i18n";

export function ClosePage(): JSX.Element {
  const { api, user, signOut } = useSession();
  const { t } = useSettingsI18n();
  const [asking, setAsking] = useState<"deactivate" | "delete" | null>(null);
  const [password, setPassword] = useState("");
  const [email, setEmail] = useState("");
  const account = new AccountApi(api);
  const open = (what: "deactivate" | "delete"): void => {
    setPassword("");
    setEmail("");
    setAsking(what);
  };
  const close = (): void => setAsking(null);
  const same = email.trim().toLowerCase() === user.email.toLowerCase();
  return (
    <>
      <Card title={t("deactivate.title")} lead={t("deactivate.lead")}>
        <div class="card-foot">
          <button type="button" class="button is-quiet-danger" onClick={() => open("deactivate")}>
            {t("deactivate")}
          </button>
        </div>
      </Card>
      <Card title={t("delete.title")} lead={t("delete.lead")} danger>
        <div class="card-foot">
          <button type="button" class="button is-danger" onClick={() => open("delete")}>
            {t("delete")}
          </button>
        </div>
      </Card>
      {asking === "deactivate" ? (
        <Confirm
          title={t("deactivate")}
          lead={t("deactivate.confirm")}
          action={t("deactivate")}
          ready={password !== "" || !user.has_password}
          fields={["password"]}
          onClose={close}
          onConfirm={() => account.deactivate(user.has_password ? password : null).then(signOut)}
        >
          {(doing) =>
            user.has_password ? <PasswordAgain doing={doing} value={password} onInput={setPassword} /> : null
          }
        </Confirm>
      ) : null}
      {asking === "delete" ? (
        <Confirm
          title={t("delete")}
          lead={t("delete.confirm")}
          action={t("delete.go")}
          ready={same && (password !== "" || !user.has_password)}
          fields={["password"]}
          onClose={close}
          onConfirm={() => account.delete(user.has_password ? password : null, email.trim()).then(signOut)}
        >
          {(doing) => (
            <>
              <TextField
                label={t("delete.type", { email: user.email })}
                type="email"
                value={email}
                onInput={setEmail}
              />
              {user.has_password ? <PasswordAgain doing={doing} value={password} onInput={setPassword} /> : null}
            </>
          )}
        </Confirm>
      ) : null}
    </>
  );
}

interface PasswordAgainProps {
  readonly doing: RequestState;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function PasswordAgain({ doing, value, onInput }: PasswordAgainProps): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <PasswordField
      label={t("password.yours")}
      value={value}
      onInput={onInput}
      error={useFieldError(doing.problem)("password")}
    />
  );
}
