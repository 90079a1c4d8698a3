/** Sign-in: email and password, then a second factor if it is on, and a clear message on failure. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { SecondFactor, SignedIn } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { navigate } from "../router";
import { Card, Foot } from "./parts/card";
import { To } from "../views/parts/to";
import { emailError, passwordMissing } from "./parts/validation";
import { EmailField, Field, Form, type Values } from "./parts/form";
import { Providers, useOptions } from "./providers";
import { needsSecondFactor, rest, sentence } from "./rest";
import { SecondStep } from "./second_factor";
import { useAuthI18n } from "./i18n";

interface SignInProps {
  readonly api: Api;
  readonly to: string; // the route after sign-in, for the redirect through a provider
  readonly title?: string;
  readonly lead: string;
  readonly email?: string; // the only address that can be used here
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
}

export function SignIn({ api, to, title, lead, email, onSignedIn }: SignInProps): JSX.Element {
  const { t } = useAuthI18n();
  const options = useOptions(api);
  const [half, setHalf] = useState<SecondFactor | null>(null);
  const [expired, setExpired] = useState(false);
  const [unverified, setUnverified] = useState<string | null>(null);

  if (half !== null) {
    const over = (): void => {
      setHalf(null);
      setExpired(true);
    };
    return <SecondStep api={api} half={half} onSignedIn={onSignedIn} onExpired={over} />;
  }
  const send = async ({ email: given = "", password = "" }: Values): Promise<void> => {
    setUnverified(null);
    try {
      const answer = await rest.signIn(api, given, password);
      if (needsSecondFactor(answer)) setHalf(answer);
      else await onSignedIn(answer);
    } catch (error) {
      if (error instanceof Problem && error.code === "unverified") setUnverified(given);
      throw error;
    }
  };
  const explain = (error: unknown) =>
    error instanceof Problem && error.code === "unverified" ? { general: t("signin.unverified") } : null;
  return (
    <Card title={title ?? t("signin.title")} lead={expired ? t("second.expired") : lead}>
      <Form
        submit={t("signin.submit")}
        busy={t("signin.busy")}
        send={send}
        explain={explain}
        check={(values) => ({ ...emailError(values, t), ...passwordMissing(values, t) })}
        after={unverified === null ? null : <Resend api={api} email={unverified} />}
      >
        {email === undefined ? <EmailField /> : <EmailField value={email} fixed />}
        <Field label={t("signin.password")} name="password" type="password" autocomplete="current-password">
          <To route={{ name: "forgot", email: email ?? "" }} class="link field-aside">
            {t("signin.forgot")}
          </To>
        </Field>
      </Form>
      <Providers api={api} to={to} />
      {email !== undefined || options?.registration === "invited" ? null : (
        <Foot>
          {t("signin.new")} <To route={{ name: "register" }}>{t("signin.register")}</To>
        </Foot>
      )}
    </Card>
  );
}

/** The password was correct but the address is not confirmed: offers another mail. */
function Resend({ api, email }: { readonly api: Api; readonly email: string }): JSX.Element {
  const { t } = useAuthI18n();
  const [wrong, setWrong] = useState<string | null>(null);
  const resend = async (): Promise<void> => {
    try {
      await rest.resend(api, email);
      navigate({ name: "check mail", email });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setWrong(sentence(error, t));
    }
  };
  return (
    <>
      <p class="auth-message" role="status">
        {wrong}
      </p>
      <button type="button" class="button is-wide" onClick={() => void resend()}>
        {t("signin.resend")}
      </button>
    </>
  );
}
