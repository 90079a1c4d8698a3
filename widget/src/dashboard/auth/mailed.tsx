/** Confirms a mailed link: the address of a new account, or the new address of an existing one. Opening the link
 *  confirms nothing by itself: mail scanners open links too. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { type Api, Problem } from "../rest/api";
import { Card, Foot, INBOX, SIGN_IN } from "./parts/card";
import { To } from "../views/parts/to";
import { passwordMissing } from "./parts/validation";
import { Field, Form } from "./parts/form";
import { rest } from "./rest";
import { useAuthI18n } from "./i18n";

interface ConfirmProps {
  readonly api: Api;
  readonly what: "verify" | "email";
  readonly token: string;
  readonly inside: boolean; // a user is signed in
  readonly onSignedOut: () => void;
}

type Phase = "ready" | "password" | "done" | "known" | "bad";

export function Confirm({ api, what, token, inside, onSignedOut }: ConfirmProps): JSX.Element {
  const { t } = useAuthI18n();
  const [phase, setPhase] = useState<Phase>(token === "" ? "bad" : "ready");

  const send = async ({ password = "" }: Readonly<Record<string, string>>): Promise<void> => {
    const given = phase === "password" ? password : null;
    try {
      await (what === "verify" ? rest.verify(api, token, given) : rest.confirmEmail(api, token, given));
    } catch (error) {
      const next = error instanceof Problem ? PHASES[error.code] : undefined;
      if (next === undefined) throw error;
      return setPhase(next);
    }
    if (what === "email") onSignedOut();
    setPhase("done");
  };
  const onward = inside && what === "verify";
  switch (phase) {
    case "ready":
    case "password":
      return (
        <Card title={t(`${what}.title`)} lead={t(phase === "ready" ? `${what}.lead` : `${what}.password.lead`)}>
          <Form
            submit={t("verify.submit")}
            busy={t("verify.busy")}
            check={(values) => (phase === "password" ? passwordMissing(values, t) : {})}
            explain={(error) =>
              error instanceof Problem && error.code === "wrong_password"
                ? { general: null, fields: { password: t("error.password") } }
                : null
            }
            send={send}
          >
            {phase === "password" ? (
              <Field
                label={t("signin.password")}
                name="password"
                type="password"
                autocomplete="current-password"
                focused
              />
            ) : null}
          </Form>
          <Foot>
            {phase === "password" ? <To route={{ name: "forgot", email: "" }}>{t("signin.forgot")}</To> : null}
            <To route={inside ? INBOX : SIGN_IN}>{t(inside ? "go.inbox" : "back.signin")}</To>
          </Foot>
        </Card>
      );
    case "done":
    case "known":
      return (
        <Card
          title={t(phase === "done" ? `${what}.done` : "verify.known")}
          lead={onward ? undefined : t(phase === "done" ? `${what}.done.lead` : "verify.known.lead")}
          icon="check"
          tone="good"
        >
          <To route={onward ? INBOX : SIGN_IN} class="button is-primary is-wide">
            {t(onward ? "go.inbox" : "go.signin")}
          </To>
        </Card>
      );
    case "bad":
      return (
        <Card title={t("verify.bad")} lead={t(`${what}.bad.lead`)} icon="alert" tone="bad">
          {what === "verify" ? (
            <To route={{ name: "check mail", email: "" }} class="button is-primary is-wide">
              {t("signin.resend")}
            </To>
          ) : null}
          <Foot>
            <To route={inside ? INBOX : SIGN_IN}>{t(inside ? "go.inbox" : "back.signin")}</To>
          </Foot>
        </Card>
      );
    default:
      return never(phase);
  }
}

/** The page for a refusal that is not about a field of the form. */
const PHASES: Readonly<Partial<Record<string, Phase>>> = {
  password_needed: "password",
  already_confirmed: "known",
  invalid_token: "bad",
  invalid: "bad",
};

function never(value: never): never {
  throw new Error(`not a phase: ${JSON.stringify(value)}`);
}
