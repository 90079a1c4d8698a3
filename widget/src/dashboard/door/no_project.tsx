/** Signed in, and a member of nothing: make a project, or wait for an invitation. */

import type { JSX } from "preact";

import { Empty } from "../views/parts/small";
import { useSession } from "../views/session";
import { useWords } from "../views/use";

export function NoProject(): JSX.Element {
  const { signOut } = useSession();
  const { say } = useWords();
  return (
    <main class="splash">
      <Empty icon="inbox" title={say("noprojects")} lead={say("noprojects.lead")}>
        <button type="button" class="button" onClick={signOut}>{say("account.signout")}</button>
      </Empty>
    </main>
  );
}
