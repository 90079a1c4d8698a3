/** The middle pane: the open conversation, or a hint when none is open. */

import type { JSX } from "preact";

import { About } from "../../assistant/about";
import { nameOf } from "../../state/placeholder_names";
import { horizonOf } from "../../state/model";
import { answerOfOthers, threadOf } from "../../state/threads";
import { FirstSteps, NotOnSite } from "../../first_steps/lazy";
import { useNeverUsed } from "../../first_steps/never_used";
import { Empty } from "../parts/components";
import { Icon } from "../parts/icons";
import { variablesOf } from "../../canned_responses/variables";
import { useBothPanes, useInboxState, useI18n, useWorkspace } from "../hooks";
import { Composer } from "./composer";
import { Ended } from "./ended";
import { Head } from "./head";
import { Timeline } from "./timeline";

interface ThreadProps {
  readonly panel: boolean;
  readonly onPanel: () => void;
}

const FEW = 3; // conversations, which may all be from trying

export function ThreadPane({ panel, onPanel }: ThreadProps): JSX.Element {
  const i18n = useI18n();
  const { t } = i18n;
  const state = useInboxState();
  const { user, project, go } = useWorkspace();
  const unused = useNeverUsed();
  const wide = useBothPanes(); // otherwise the list shows the first steps
  const id = state.open;
  if (id === null && unused && wide) {
    return (
      <section class="pane thread-pane is-empty" id="thread" tabIndex={-1} aria-label={t("thread.none")}>
        <FirstSteps />
      </section>
    );
  }
  if (id === null) {
    return (
      <section class="pane thread-pane is-empty" id="thread" tabIndex={-1} aria-label={t("thread.none")}>
        <Empty icon="chats" title={t("thread.none")} lead={t("thread.none.lead")}>
          {project.role === "manager" && horizonOf(state).end && state.entries.size <= FEW ? <NotOnSite /> : null}
        </Empty>
      </section>
    );
  }
  const row = state.entries.get(id)?.conversation;
  if (state.missing && row === undefined) {
    return (
      <section class="pane thread-pane is-empty" id="thread" tabIndex={-1} aria-label={t("thread.missing")}>
        <Empty icon="search" title={t("thread.missing")} lead={t("thread.missing.lead")}>
          <button type="button" class="button" onClick={() => go.open(null)}>
            {t("thread.back")}
          </button>
        </Empty>
      </section>
    );
  }
  const typist = state.typists.get(id);
  const name = row === undefined ? "" : nameOf(row.visitor, i18n.language);
  return (
    <section class="pane thread-pane" id="thread" tabIndex={-1} aria-label={name}>
      {row === undefined ? (
        <header class="thread-head">
          <div class="thread-head-row">
            <i class="bone is-long" />
          </div>
        </header>
      ) : (
        <Head row={row} i18n={i18n} panel={panel} onPanel={onPanel} />
      )}
      {row === undefined ? null : <About key={`about ${id}`} row={row} />}
      <Timeline key={id} id={id} state={state} i18n={i18n} />
      {row?.withheld === true ? (
        <p class="thread-withheld" role="status">
          <Icon name="shield" size={16} />
          {t("visitor.withheld")}
        </p>
      ) : row?.ended === true ? (
        <Ended row={row} i18n={i18n} />
      ) : (
        <Composer
          key={`composer ${id}`}
          id={id}
          name={name}
          i18n={i18n}
          live={state.ever || state.live === "offline" ? state.live : "connecting"}
          answered={answerOfOthers(threadOf(state, id), state.me)}
          last_seq={row?.last_seq ?? 0}
          variables={variablesOf(
            row?.visitor,
            row === undefined ? null : state.visitors.get(row.visitor.id)?.facts,
            user.full_name,
            project.name,
          )}
          collision={typist === undefined || typist.who.party === "visitor" ? null : typist.who.name || t("assistant")}
        />
      )}
    </section>
  );
}
