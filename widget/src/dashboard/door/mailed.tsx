/** What a mailed link confirms: the address of a new account, or the new address of an old one. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { type Api, Problem } from "../desk/api";
import { Card, Foot, INBOX, SIGN_IN, To, Waiting } from "./card";
import { rest, sentence } from "./rest";
import { useDoorWords } from "./words";

interface ConfirmProps {
  readonly api: Api;
  readonly what: "verify" | "email";
  readonly token: string;
  readonly inside: boolean; // somebody is signed in
  readonly onSignedOut: () => void;
}

type Phase = { readonly name: "asking" | "done" | "bad" } | { readonly name: "failed"; readonly problem: Problem };

export function Confirm({ api, what, token, inside, onSignedOut }: ConfirmProps): JSX.Element {
  const { say } = useDoorWords();
  const [phase, setPhase] = useState<Phase>({ name: token === "" ? "bad" : "asking" });
  useEffect(() => {
    if (phase.name === "asking") void ask();
  }, [phase]);

  const ask = async (): Promise<void> => {
    try {
      await (what === "verify" ? rest.verify(api, token) : rest.confirmEmail(api, token));
      if (what === "email") onSignedOut();
      setPhase({ name: "done" });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setPhase(error.temporary ? { name: "failed", problem: error } : { name: "bad" });
    }
  };
  const onward = inside && what === "verify";
  switch (phase.name) {
    case "asking":
      return <Waiting title={say("verify.busy")} />;
    case "done":
      return (
        <Card title={say(`${what}.done`)} lead={onward ? undefined : say(`${what}.done.lead`)} icon="check" tone="good">
          <To place={onward ? INBOX : SIGN_IN} class="button is-primary is-wide">
            {say(onward ? "go.inbox" : "go.signin")}
          </To>
        </Card>
      );
    case "bad":
      return (
        <Card title={say("verify.bad")} lead={say(`${what}.bad.lead`)} icon="alert" tone="bad">
          {what === "verify" ? (
            <To place={{ name: "check mail", email: "" }} class="button is-primary is-wide">
              {say("signin.resend")}
            </To>
          ) : null}
          <Foot>
            <To place={inside ? INBOX : SIGN_IN}>{say(inside ? "go.inbox" : "back.signin")}</To>
          </Foot>
        </Card>
      );
    case "failed":
      return (
        <Card title={say("oidc.failed")} lead={sentence(phase.problem, say)} icon="wifi_off">
          <button type="button" class="button is-primary is-wide" onClick={() => setPhase({ name: "asking" })}>
            {say("retry")}
          </button>
        </Card>
      );
    default:
      return never(phase);
  }
}

function never(value: never): never {
  throw new Error(`not a phase: ${JSON.stringify(value)}`);
}
