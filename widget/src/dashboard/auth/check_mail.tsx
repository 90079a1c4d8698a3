/** "Check your mail": a link was sent; how to find it and how to get another. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { type Api, Problem } from "../rest/api";
import { Icon } from "../views/parts/icons";
import { Card, Foot, SIGN_IN, WithAddress } from "./parts/card";
import { To } from "../views/parts/to";
import { emailError } from "./parts/validation";
import { EmailField, Form, useCountdown } from "./parts/form";
import { useOptions } from "./providers";
import { rest, sentence } from "./rest";
import { useAuthI18n } from "./i18n";

const RESEND_INTERVAL = 60; // seconds between two mails; most arrive within them

export function CheckMail({ api, email: known }: { readonly api: Api; readonly email: string }): JSX.Element {
  const { t } = useAuthI18n();
  const [email, setEmail] = useState(known);
  if (email === "") {
    return (
      <Card title={t("signin.resend")} lead={t("mail.lead.unknown")}>
        <Form
          submit={t("signin.resend")}
          busy={t("mail.resend.busy")}
          check={(values) => emailError(values, t)}
          send={async ({ email: given = "" }) => {
            await rest.resend(api, given);
            setEmail(given);
          }}
        >
          <EmailField />
        </Form>
        <Foot>
          <To route={SIGN_IN}>{t("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  return (
    <Card title={t("mail.title")} lead={<WithAddress text={t("mail.lead", { email })} address={email} />} icon="inbox">
      <MailFolder api={api} />
      <p class="auth-note">{t("mail.spam")}</p>
      <Again api={api} email={email} />
      <Foot>
        <To route={{ name: "register" }}>{t("mail.other")}</To>
        <To route={SIGN_IN}>{t("back.signin")}</To>
      </Foot>
    </Card>
  );
}

function Again({ api, email }: { readonly api: Api; readonly email: string }): JSX.Element {
  const { t } = useAuthI18n();
  const [sent, setSent] = useState({ times: 0, wait: RESEND_INTERVAL });
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const left = useCountdown(sent.wait, sent);
  const send = async (): Promise<void> => {
    if (busy || left > 0) return;
    setBusy(true);
    try {
      await rest.resend(api, email);
      setMessage(t("mail.resent"));
      setSent({ times: sent.times + 1, wait: RESEND_INTERVAL });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setMessage(sentence(error, t));
      setSent({ times: sent.times, wait: error.status === 429 ? (error.retry_after ?? RESEND_INTERVAL) : 0 });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p class="auth-message" role="status">
        {message}
      </p>
      <button type="button" class="button is-wide" aria-disabled={busy || left > 0} onClick={() => void send()}>
        {busy ? t("mail.resend.busy") : left > 0 ? t("mail.resend.wait", { n: left }) : t("mail.resend")}
      </button>
    </>
  );
}

/** Says where mails are written when no mail server is configured, as when trying Parley out. */
export function MailFolder({ api }: { readonly api: Api }): JSX.Element | null {
  const { t } = useAuthI18n();
  const options = useOptions(api);
  if (options?.mail !== "directory") return null;
  const [before = "", after = ""] = t("mail.directory").split("{folder}");
  return (
    <p class="auth-directory">
      <Icon name="note" size={16} />
      <span>
        {before}
        <code>mail/</code>
        {after}
      </span>
    </p>
  );
}
