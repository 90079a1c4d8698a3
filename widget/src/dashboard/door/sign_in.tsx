/** The door: e-mail and password, a second step for who wants one, and a plain sentence when they do not open it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { type Api, Problem, type SignedIn } from "../desk/api";
import { visit } from "../places";
import { Card, Foot, To } from "./card";
import { emailWrong, passwordMissing } from "./checks";
import { EmailField, Field, Form, type Values } from "./form";
import { Providers, useOptions } from "./providers";
import { isHalf, rest, type SecondFactor } from "./rest";
import { SecondStep } from "./second_factor";
import { useDoorWords } from "./words";

interface SignInProps {
  readonly api: Api;
  readonly to: string; // where to go then, for the way over a provider
  readonly title?: string;
  readonly lead: string;
  readonly email?: string; // the only address that makes sense here
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
}

export function SignIn({ api, to, title, lead, email, onSignedIn }: SignInProps): JSX.Element {
  const { say } = useDoorWords();
  const options = useOptions(api);
  const [half, setHalf] = useState<SecondFactor | null>(null);
  const [late, setLate] = useState(false);
  const [unverified, setUnverified] = useState<string | null>(null);

  if (half !== null) {
    const over = (): void => {
      setHalf(null);
      setLate(true);
    };
    return <SecondStep api={api} half={half} onSignedIn={onSignedIn} onExpired={over} />;
  }
  const send = async ({ email: given = "", password = "" }: Values): Promise<void> => {
    setUnverified(null);
    try {
      const answer = await rest.signIn(api, given, password);
      if (isHalf(answer)) setHalf(answer);
      else await onSignedIn(answer);
    } catch (error) {
      if (error instanceof Problem && error.code === "unverified") setUnverified(given);
      throw error;
    }
  };
  const explain = (error: unknown) => error instanceof Problem && error.code === "unverified" ? { general: say("signin.unverified") } : null;
  const resend = (address: string): void => {
    void rest.resend(api, address).catch(() => undefined); // the page that follows can ask again
    visit({ name: "check mail", email: address });
  };
  return (
    <Card title={title ?? say("signin.title")} lead={late ? say("second.expired") : lead}>
      <Form submit={say("signin.submit")} busy={say("signin.busy")} send={send} explain={explain}
        check={(values) => ({ ...emailWrong(values, say), ...passwordMissing(values, say) })}
        after={unverified === null ? null : (
          <button type="button" class="button is-wide" onClick={() => resend(unverified)}>{say("signin.resend")}</button>
        )}>
        {email === undefined ? <EmailField /> : <EmailField value={email} fixed />}
        <Field label={say("signin.password")} name="password" type="password" autocomplete="current-password">
          <To place={{ name: "forgot", email: email ?? "" }} class="link field-aside">{say("signin.forgot")}</To>
        </Field>
      </Form>
      <Providers api={api} to={to} />
      {email !== undefined || options?.registration === "invited" ? null : (
        <Foot>{say("signin.new")} <To place={{ name: "register" }}>{say("signin.register")}</To></Foot>
      )}
    </Card>
  );
}
