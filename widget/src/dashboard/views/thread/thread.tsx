/** The middle pane: one conversation, or a kind word when none is open. */

import type { JSX } from "preact";

import { Empty } from "../parts/small";
import { useDeskState, useWords } from "../use";
import { Composer } from "./composer";
import { Head } from "./head";
import { Timeline } from "./timeline";

interface ThreadProps {
  readonly panel: boolean;
  readonly onPanel: () => void;
}

export function ThreadPane({ panel, onPanel }: ThreadProps): JSX.Element {
  const words = useWords();
  const { say } = words;
  const state = useDeskState();
  const id = state.open;
  if (id === null) {
    return (
      <main class="pane thread-pane is-empty">
        <Empty icon="chats" title={say("thread.none")} lead={say("thread.none.lead")} />
      </main>
    );
  }
  const row = state.entries.get(id)?.conversation;
  if (state.missing && row === undefined) {
    return (
      <main class="pane thread-pane is-empty">
        <Empty icon="search" title={say("thread.missing")} lead={say("thread.missing.lead")} />
      </main>
    );
  }
  const typist = state.typists.get(id);
  const name = row?.visitor.name ?? "";
  return (
    <main class="pane thread-pane" aria-label={name}>
      {row === undefined ? (
        <header class="thread-head">
          <i class="bone is-long" />
        </header>
      ) : (
        <Head row={row} words={words} panel={panel} onPanel={onPanel} />
      )}
      <Timeline key={id} id={id} state={state} words={words} />
      <Composer
        key={`composer ${id}`}
        id={id}
        name={name}
        words={words}
        offline={state.live === "offline" || (state.live === "waiting" && state.ever)}
        collision={typist?.who.party === "agent" ? typist.who.name : null}
      />
    </main>
  );
}
