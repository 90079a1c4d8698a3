/** Account › Security: the password, and the second step. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { AccountApi } from "../../desk/account_api";
import { useSession } from "../../views/session";
import { useDoing } from "../parts/asking";
import { Card, PasswordField, Submit, submitting, useWrongField, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/leaving";
import { useMissing } from "../parts/missing";
import { useTold } from "../parts/told";
import { useTexts } from "../words";
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
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const wrong = useWrongField(doing.problem);
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const account = useMemo(() => new AccountApi(api), [api]);
  useUnsaved(current !== "" || fresh !== "");
  const save = (): void => {
    void doing.run(async () => {
      await account.setPassword(user.has_password ? current : null, fresh);
      setCurrent("");
      setFresh("");
      tell(say(user.has_password ? "password.changed" : "password.set"));
      changed({ ...user, has_password: true });
    });
  };
  const missing = useMissing({ current_password: user.has_password && current === "", new_password: fresh === "" });
  return (
    <Card title={say("password.title")} lead={say(user.has_password ? "password.lead" : "password.lead.none")}>
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
            label={say("password.current")}
            value={current}
            onInput={setCurrent}
            error={missing.of("current_password") ?? wrong("current_password")}
          />
        ) : null}
        <PasswordField
          label={say("password.new")}
          value={fresh}
          onInput={setFresh}
          fresh
          error={missing.of("new_password") ?? wrong("new_password")}
          hint={say("password.hint")}
        />
        <StrengthMeter password={fresh} />
        <Wrong problem={doing.problem} besides={["current_password", "new_password"]} />
        <Submit label={say(user.has_password ? "password.change" : "password.choose")} busy={doing.busy} />
      </form>
    </Card>
  );
}
