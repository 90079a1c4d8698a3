/** A link is on its way: where to look, and how to get another. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { type Api, Problem } from "../desk/api";
import { Icon } from "../views/parts/icons";
import { Card, Foot, SIGN_IN, To } from "./card";
import { emailWrong } from "./checks";
import { EmailField, Form, useCountdown } from "./form";
import { useOptions } from "./providers";
import { rest, sentence } from "./rest";
import { useDoorWords } from "./words";

const BETWEEN = 60; // seconds between two mails; most arrive within them

export function CheckMail({ api, email: known }: { readonly api: Api; readonly email: string }): JSX.Element {
  const { say } = useDoorWords();
  const [email, setEmail] = useState(known);
  if (email === "") {
    return (
      <Card title={say("signin.resend")} lead={say("mail.lead.unknown")}>
        <Form
          submit={say("signin.resend")}
          busy={say("mail.resend.busy")}
          check={(values) => emailWrong(values, say)}
          send={async ({ email: given = "" }) => {
            await rest.resend(api, given);
            setEmail(given);
          }}
        >
          <EmailField />
        </Form>
        <Foot>
          <To place={SIGN_IN}>{say("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  return (
    <Card title={say("mail.title")} lead={say("mail.lead", { email })} icon="inbox">
      <MailFolder api={api} />
      <p class="door-note">{say("mail.spam")}</p>
      <Again api={api} email={email} />
      <Foot>
        <To place={{ name: "register" }}>{say("mail.other")}</To>
        <To place={SIGN_IN}>{say("back.signin")}</To>
      </Foot>
    </Card>
  );
}

function Again({ api, email }: { readonly api: Api; readonly email: string }): JSX.Element {
  const { say } = useDoorWords();
  const [sent, setSent] = useState({ times: 0, wait: BETWEEN });
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState<string | null>(null);
  const left = useCountdown(sent.wait, sent);
  const send = async (): Promise<void> => {
    if (busy || left > 0) return;
    setBusy(true);
    try {
      await rest.resend(api, email);
      setTold(say("mail.resent"));
      setSent({ times: sent.times + 1, wait: BETWEEN });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setTold(sentence(error, say));
      setSent({ times: sent.times, wait: error.status === 429 ? (error.retry_after ?? BETWEEN) : 0 });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p class="door-told" role="status">
        {told}
      </p>
      <button type="button" class="button is-wide" aria-disabled={busy || left > 0} onClick={() => void send()}>
        {busy ? say("mail.resend.busy") : left > 0 ? say("mail.resend.wait", { n: left }) : say("mail.resend")}
      </button>
    </>
  );
}

/** Who tries Parley out has no mail server, and would wait for ever. */
export function MailFolder({ api }: { readonly api: Api }): JSX.Element | null {
  const { say } = useDoorWords();
  const options = useOptions(api);
  if (options?.mail !== "directory") return null;
  const [before = "", after = ""] = say("mail.directory").split("{folder}");
  return (
    <p class="door-directory">
      <Icon name="note" size={16} />
      <span>
        {before}
        <code>mail/</code>
        {after}
      </span>
    </p>
  );
}
