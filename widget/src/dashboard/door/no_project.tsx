/** Signed in, and a member of nothing: make a project, or wait for an invitation. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Problem } from "../desk/api";
import { Icon } from "../views/parts/icons";
import { useSession } from "../views/session";
import { Card, Foot, To } from "./card";
import { sentence } from "./rest";
import { useDoorWords } from "./words";

export function NoProject(): JSX.Element {
  const { user, reload, signOut } = useSession();
  const { say } = useDoorWords();
  const [told, setTold] = useState<string | null>(null);
  const look = async (): Promise<void> => {
    setTold(null);
    try {
      await reload(); // with a project, this page is gone
      setTold(say("none.check.none"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setTold(sentence(error, say));
    }
  };
  return (
    <Card title={say("none.title", { name: user.full_name })} lead={say("none.lead")}>
      <section class="door-choice">
        <To place={{ name: "new project" }} class="button is-primary is-wide">
          {say("none.create")}
        </To>
        <p class="door-note">{say("none.create.lead")}</p>
      </section>
      <section class="door-choice">
        <h2>
          <Icon name="inbox" size={16} />
          {say("none.wait")}
        </h2>
        <p class="door-note">{say("none.wait.lead", { email: user.email })}</p>
        <button type="button" class="button is-wide" onClick={() => void look()}>
          {say("none.check")}
        </button>
        <p class="door-told" role="status">
          {told}
        </p>
      </section>
      <Foot>
        <button type="button" class="link" onClick={signOut}>
          {say("none.signout")}
        </button>
      </Foot>
    </Card>
  );
}
