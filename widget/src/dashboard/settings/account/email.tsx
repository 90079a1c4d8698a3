/** Account › E-mail: the address to sign in with, and the one it may become. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { AccountApi } from "../../desk/account_api";
import { useSession } from "../../views/session";
import { useDoing } from "../parts/asking";
import { Card, PasswordField, Submit, submitting, TextField, useWrongField, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/leaving";
import { Note, To } from "../parts/pieces";
import { useMissing } from "../parts/missing";
import { useTold } from "../parts/told";
import { useTexts } from "../words";

export function EmailPage(): JSX.Element {
  const { user } = useSession();
  const { say } = useTexts();
  return (
    <Card title={say("email.title")} lead={say("email.lead", { email: user.email })}>
      {user.pending_email !== null ? (
        <Pending email={user.pending_email} />
      ) : user.has_password ? (
        <Change />
      ) : (
        <Note>
          {say("needs.password")}{" "}
          <To place={{ name: "account", section: "security" }} class="link">
            {say("needs.password.go")}
          </To>
        </Note>
      )}
    </Card>
  );
}

function Pending({ email }: { readonly email: string }): JSX.Element {
  const { api, changed } = useSession();
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const account = useMemo(() => new AccountApi(api), [api]);
  const keep = (): void => {
    void doing.run(async () => {
      await account.keepEmail();
      changed(await account.me());
      tell(say("email.kept"));
    });
  };
  return (
    <>
      <Note icon="clock" kind="warn">
        <p>
          <b>{say("email.pending", { email })}</b>
        </p>
        <p>{say("email.pending.lead")}</p>
        <button type="button" class="button is-small" disabled={doing.busy} onClick={keep}>
          {say("email.keep")}
        </button>
      </Note>
      <Wrong problem={doing.problem} />
    </>
  );
}

function Change(): JSX.Element {
  const { api, changed } = useSession();
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const wrong = useWrongField(doing.problem);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const account = useMemo(() => new AccountApi(api), [api]);
  const missing = useMissing({ new_email: email.trim() === "", password: password === "" });
  useUnsaved(email !== "" || password !== "");
  const change = (): void => {
    void doing.run(async () => {
      await account.changeEmail(email.trim(), password);
      changed(await account.me());
      tell(say("email.sent"));
    });
  };
  return (
    <form onSubmit={submitting(change, missing.pressed)} noValidate>
      <TextField
        label={say("email.new")}
        type="email"
        value={email}
        onInput={setEmail}
        autocomplete="email"
        most={254}
        error={missing.of("new_email") ?? wrong("new_email")}
      />
      <PasswordField
        label={say("password.yours")}
        value={password}
        onInput={setPassword}
        error={missing.of("password") ?? wrong("password")}
        hint={say("password.why")}
      />
      <Wrong problem={doing.problem} besides={["new_email", "password"]} />
      <Submit label={say("email.change")} busy={doing.busy} />
    </form>
  );
}
