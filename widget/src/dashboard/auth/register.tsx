/** Registration; with an invitation the address is fixed, and the account joins the project at once. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { SignedIn } from "../../rest/types";
import type { Api } from "../rest/api";
import { navigate } from "../router";
import { Card, Foot, SIGN_IN } from "./parts/card";
import { To } from "../views/parts/to";
import { emailError, nameMissing, newPasswordError } from "./parts/validation";
import { EmailField, Field, Form, type Values } from "./parts/form";
import { NewPassword } from "./new_password";
import { Providers, useOptions } from "./providers";
import { needsSecondFactor, rest } from "./rest";
import { useAuthI18n } from "./i18n";

interface Invited {
  readonly token: string;
  readonly email: string;
  readonly title: string;
  readonly lead: string;
}

interface RegisterProps {
  readonly api: Api;
  readonly invited?: Invited;
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
}

export function Register({ api, invited, onSignedIn }: RegisterProps): JSX.Element {
  const { t, language } = useAuthI18n();
  const options = useOptions(api);
  const [own, setOwn] = useState<readonly string[]>([invited?.email ?? ""]);

  if (invited === undefined && options?.registration === "invited") {
    return (
      <Card title={t("register.closed")} lead={t("register.closed.lead")} icon="alert">
        <Foot>
          <To route={SIGN_IN}>{t("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  const send = async ({ email = "", password = "", full_name = "" }: Values): Promise<void> => {
    const token = invited === undefined ? {} : { invitation: invited.token };
    const { next } = await rest.register(api, { email, password, full_name, language, ...token });
    if (next === "check_mail") return navigate({ name: "check mail", email });
    const answer = await rest.signIn(api, email, password);
    if (needsSecondFactor(answer)) return navigate(SIGN_IN); // a new account has no second factor
    await onSignedIn(answer);
  };
  return (
    <Card title={invited?.title ?? t("register.title")} lead={invited?.lead ?? t("register.lead")}>
      <Form
        submit={t(invited === undefined ? "register.submit" : "invite.register")}
        busy={t("register.busy")}
        send={send}
        check={(values) => ({
          ...nameMissing(values, t),
          ...emailError(values, t),
          ...newPasswordError(values, t),
        })}
      >
        <div class="auth-fields" onInput={(event) => setOwn(namesIn(event.currentTarget))}>
          <Field label={t("register.name")} name="full_name" autocomplete="name" hint={t("register.name.hint")} />
          {invited === undefined ? <EmailField /> : <EmailField value={invited.email} fixed />}
          <NewPassword label={t("signin.password")} own={own} />
        </div>
      </Form>
      <Providers api={api} to={invited === undefined ? "" : `/app/invitation#${invited.token}`} />
      <Foot>
        {t("register.known")} <To route={SIGN_IN}>{t("signin.submit")}</To>
      </Foot>
    </Card>
  );
}

function namesIn(fields: HTMLElement): readonly string[] {
  return [...fields.querySelectorAll<HTMLInputElement>("input[name=full_name], input[name=email]")].map(
    (field) => field.value,
  );
}
