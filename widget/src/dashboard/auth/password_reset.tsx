/** Password reset: request a link, and choose a new password with it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { type Api, Problem } from "../rest/api";
import { Card, Foot, SIGN_IN, WithAddress } from "./parts/card";
import { To } from "../views/parts/to";
import { emailError, newPasswordError } from "./parts/validation";
import { MailFolder } from "./check_mail";
import { EmailField, Form } from "./parts/form";
import { NewPassword } from "./new_password";
import { useOptions } from "./providers";
import { rest } from "./rest";
import { useAuthI18n } from "./i18n";

export function Forgot({ api, email }: { readonly api: Api; readonly email: string }): JSX.Element {
  const { t } = useAuthI18n();
  const [sent, setSent] = useState<string | null>(null);
  useOptions(api); // loaded early, so that the next page can show the mail hint without a layout shift
  if (sent !== null) {
    return (
      <Card
        title={t("forgot.sent")}
        lead={<WithAddress text={t("forgot.sent.lead", { email: sent })} address={sent} />}
        icon="inbox"
      >
        <MailFolder api={api} />
        <p class="auth-note">{t("mail.spam")}</p>
        <Foot>
          <To route={SIGN_IN}>{t("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  return (
    <Card title={t("forgot.title")} lead={t("forgot.lead")}>
      <Form
        submit={t("forgot.submit")}
        busy={t("forgot.busy")}
        check={(values) => emailError(values, t)}
        send={async ({ email: given = "" }) => {
          await rest.forgot(api, given);
          setSent(given);
        }}
      >
        <EmailField value={email} />
      </Form>
      <Foot>
        <To route={SIGN_IN}>{t("back.signin")}</To>
      </Foot>
    </Card>
  );
}

interface ResetProps {
  readonly api: Api;
  readonly token: string;
  readonly onSignedOut: () => void;
}

export function Reset({ api, token, onSignedOut }: ResetProps): JSX.Element {
  const { t } = useAuthI18n();
  const [phase, setPhase] = useState<"choosing" | "done" | "ending" | "bad">(token === "" ? "bad" : "choosing");
  if (phase === "done" || phase === "ending") {
    return (
      <Card
        title={t("reset.done")}
        lead={t(phase === "done" ? "reset.done.lead" : "reset.ending.lead")}
        icon="check"
        tone="good"
      >
        <To route={SIGN_IN} class="button is-primary is-wide">
          {t("go.signin")}
        </To>
      </Card>
    );
  }
  if (phase === "bad") {
    return (
      <Card title={t("verify.bad")} lead={t("reset.bad.lead")} icon="alert" tone="bad">
        <To route={{ name: "forgot", email: "" }} class="button is-primary is-wide">
          {t("reset.again")}
        </To>
        <Foot>
          <To route={SIGN_IN}>{t("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  return (
    <Card title={t("reset.title")} lead={t("reset.lead")}>
      <Form
        submit={t("reset.submit")}
        busy={t("reset.busy")}
        check={(values) => newPasswordError(values, t)}
        send={async ({ password = "", lost }) => {
          const ending = lost !== undefined;
          try {
            await rest.reset(api, token, password, ending);
          } catch (error) {
            if (error instanceof Problem && error.code === "invalid_token") return setPhase("bad");
            throw error;
          }
          onSignedOut(); // the reset ended every session of the account, also in this browser
          setPhase(ending ? "ending" : "done");
        }}
      >
        <NewPassword label={t("password.new")} own={[]} />
        <label class="auth-check">
          <input type="checkbox" name="lost" />
          <span>
            {t("reset.lost")}
            <small>{t("reset.lost.hint")}</small>
          </span>
        </label>
      </Form>
    </Card>
  );
}
