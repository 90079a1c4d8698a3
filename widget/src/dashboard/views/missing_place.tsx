/** An address of the dashboard that leads nowhere. */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { pathOf, type Place, visit } from "../places";
import { Empty } from "./parts/small";
import { useWords } from "./use";

const INBOX: Place = { name: "inbox", project: null, conversation: null };

export function MissingPlace(): JSX.Element {
  const { say } = useWords();
  useEffect(() => {
    document.title = `${say("missing")} · ${say("app.name")}`;
  }, [say]);
  return (
    <main class="splash">
      <h1 class="sr-only">{say("missing")}</h1>
      <Empty icon="search" title={say("missing")} lead={say("missing.lead")}>
        <a
          class="button is-primary"
          href={pathOf(INBOX)}
          onClick={(event) => {
            event.preventDefault();
            visit(INBOX, "replace");
          }}
        >
          {say("missing.inbox")}
        </a>
      </Empty>
    </main>
  );
}
