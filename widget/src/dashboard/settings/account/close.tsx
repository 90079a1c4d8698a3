/** Account › Close: a pause, or the end. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { AccountApi } from "../../desk/account_api";
import { useSession } from "../../views/session";
import { Card, PasswordField, TextField, useWrongField } from "../parts/forms";
import type { Doing } from "../parts/asking";
import { Confirm } from "../parts/pieces";
import { useTexts } from "../words";

export function ClosePage(): JSX.Element {
  const { api, user, signOut } = useSession();
  const { say } = useTexts();
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
      <Card title={say("deactivate.title")} lead={say("deactivate.lead")}>
        <div class="card-foot">
          <button type="button" class="button is-quiet-danger" onClick={() => open("deactivate")}>
            {say("deactivate")}
          </button>
        </div>
      </Card>
      <Card title={say("delete.title")} lead={say("delete.lead")} danger>
        <div class="card-foot">
          <button type="button" class="button is-danger" onClick={() => open("delete")}>
            {say("delete")}
          </button>
        </div>
      </Card>
      {asking === "deactivate" ? (
        <Confirm
          title={say("deactivate")}
          lead={say("deactivate.confirm")}
          action={say("deactivate")}
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
          title={say("delete")}
          lead={say("delete.confirm")}
          action={say("delete.go")}
          ready={same && (password !== "" || !user.has_password)}
          fields={["password"]}
          onClose={close}
          onConfirm={() => account.delete(user.has_password ? password : null, email.trim()).then(signOut)}
        >
          {(doing) => (
            <>
              <TextField
                label={say("delete.type", { email: user.email })}
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
  readonly doing: Doing;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function PasswordAgain({ doing, value, onInput }: PasswordAgainProps): JSX.Element {
  const { say } = useTexts();
  return (
    <PasswordField
      label={say("password.yours")}
      value={value}
      onInput={onInput}
      error={useWrongField(doing.problem)("password")}
    />
  );
}
