/** A new account; with an invitation its address is fixed, and its project is joined at once. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Api, SignedIn } from "../desk/api";
import { visit } from "../places";
import { Card, Foot, SIGN_IN, To } from "./card";
import { emailWrong, nameMissing, newPasswordWrong } from "./checks";
import { EmailField, Field, Form, type Values } from "./form";
import { NewPassword } from "./new_password";
import { Providers, useOptions } from "./providers";
import { isHalf, rest } from "./rest";
import { useDoorWords } from "./words";

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
  const { say, language } = useDoorWords();
  const options = useOptions(api);
  const [own, setOwn] = useState<readonly string[]>([invited?.email ?? ""]);

  if (invited === undefined && options?.registration === "invited") {
    return (
      <Card title={say("register.closed")} lead={say("register.closed.lead")} icon="alert">
        <Foot>
          <To place={SIGN_IN}>{say("back.signin")}</To>
        </Foot>
      </Card>
    );
  }
  const send = async ({ email = "", password = "", full_name = "" }: Values): Promise<void> => {
    const token = invited === undefined ? {} : { invitation: invited.token };
    const { next } = await rest.register(api, { email, password, full_name, language, ...token });
    if (next === "check_mail") return visit({ name: "check mail", email });
    const answer = await rest.signIn(api, email, password);
    if (isHalf(answer)) return visit(SIGN_IN); // no new account has a second step
    await onSignedIn(answer);
  };
  return (
    <Card title={invited?.title ?? say("register.title")} lead={invited?.lead ?? say("register.lead")}>
      <Form
        submit={say(invited === undefined ? "register.submit" : "invite.register")}
        busy={say("register.busy")}
        send={send}
        check={(values) => ({
          ...nameMissing(values, say),
          ...emailWrong(values, say),
          ...newPasswordWrong(values, say),
        })}
      >
        <div class="door-fields" onInput={(event) => setOwn(namesIn(event.currentTarget))}>
          <Field label={say("register.name")} name="full_name" autocomplete="name" hint={say("register.name.hint")} />
          {invited === undefined ? <EmailField /> : <EmailField value={invited.email} fixed />}
          <NewPassword label={say("signin.password")} own={own} />
        </div>
      </Form>
      <Providers api={api} to={invited === undefined ? "" : `/app/invitation#${invited.token}`} />
      <Foot>
        {say("register.known")} <To place={SIGN_IN}>{say("signin.submit")}</To>
      </Foot>
    </Card>
  );
}

function namesIn(fields: HTMLElement): readonly string[] {
  return [...fields.querySelectorAll<HTMLInputElement>("input[name=full_name], input[name=email]")].map(
    (field) => field.value,
  );
}
