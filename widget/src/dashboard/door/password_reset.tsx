/** A forgotten password: ask for a link, and choose a new one with it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { type Api, Problem } from "../desk/api";
import { Card, Foot, SIGN_IN, To } from "./card";
import { emailWrong, newPasswordWrong } from "./checks";
import { MailFolder } from "./check_mail";
import { EmailField, Form } from "./form";
import { NewPassword } from "./new_password";
import { useOptions } from "./providers";
import { rest } from "./rest";
import { useDoorWords } from "./words";

export function Forgot({ api, email }: { readonly api: Api; readonly email: string }): JSX.Element {
  const { say } = useDoorWords();
  const [sent, setSent] = useState<string | null>(null);
  useOptions(api); // the page that follows says where mails go, without a jump
  if (sent !== null) {
    return (
      <Card title={say("forgot.sent")} lead={say("forgot.sent.lead", { email: sent })} icon="inbox">
        <MailFolder api={api} />
        <p class="door-note">{say("mail.spam")}</p>
        <Foot>
          <To place={SIGN_IN}>{say("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  return (
    <Card title={say("forgot.title")} lead={say("forgot.lead")}>
      <Form
        submit={say("forgot.submit")}
        busy={say("forgot.busy")}
        check={(values) => emailWrong(values, say)}
        send={async ({ email: given = "" }) => {
          await rest.forgot(api, given);
          setSent(given);
        }}
      >
        <EmailField value={email} />
      </Form>
      <Foot>
        <To place={SIGN_IN}>{say("back.signin")}</To>
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
  const { say } = useDoorWords();
  const [phase, setPhase] = useState<"choosing" | "done" | "ending" | "bad">(token === "" ? "bad" : "choosing");
  if (phase === "done" || phase === "ending") {
    return (
      <Card
        title={say("reset.done")}
        lead={say(phase === "done" ? "reset.done.lead" : "reset.ending.lead")}
        icon="check"
        tone="good"
      >
        <To place={SIGN_IN} class="button is-primary is-wide">
          {say("go.signin")}
        </To>
      </Card>
    );
  }
  if (phase === "bad") {
    return (
      <Card title={say("verify.bad")} lead={say("reset.bad.lead")} icon="alert" tone="bad">
        <To place={{ name: "forgot", email: "" }} class="button is-primary is-wide">
          {say("reset.again")}
        </To>
        <Foot>
          <To place={SIGN_IN}>{say("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  return (
    <Card title={say("reset.title")} lead={say("reset.lead")}>
      <Form
        submit={say("reset.submit")}
        busy={say("reset.busy")}
        check={(values) => newPasswordWrong(values, say)}
        send={async ({ password = "", lost }) => {
          const ending = lost !== undefined;
          try {
            await rest.reset(api, token, password, ending);
          } catch (error) {
            if (error instanceof Problem && error.code === "invalid_token") return setPhase("bad");
            throw error;
          }
          onSignedOut(); // every session of the account ended, this browser's too
          setPhase(ending ? "ending" : "done");
        }}
      >
        <NewPassword label={say("password.new")} own={[]} />
        <label class="door-check">
          <input type="checkbox" name="lost" />
          <span>
            {say("reset.lost")}
            <small>{say("reset.lost.hint")}</small>
          </span>
        </label>
      </Form>
    </Card>
  );
}
