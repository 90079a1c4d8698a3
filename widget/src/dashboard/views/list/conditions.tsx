/** The conditions of the list that no tab shows, each with a button that removes it. */

import type { JSX } from "preact";

import { type Filter, filterOf, keyOf, viewOf } from "../../state/filter";
import { prefer } from "../../store/preferences";
import type { State } from "../../state/model";
import type { Translate } from "../../texts/i18n";
import { Icon } from "../parts/icons";
import { useI18n, useInboxState, useWorkspace } from "../hooks";

const FLAGS = ["unread", "has_form", "has_note"] as const;

export function Conditions(): JSX.Element | null {
  const { store } = useWorkspace();
  const { t } = useI18n();
  const state = useInboxState();
  const filter = filterOf(state.view);
  const found: [string, Partial<Filter>][] = FLAGS.filter((flag) => filter[flag]).map((flag) => [
    t(`filter.${flag}`),
    { [flag]: false },
  ]);
  if (viewOf(state.view) === null) {
    if (filter.assignee !== null) found.unshift([assigneeName(state, filter.assignee, t), { assignee: null }]);
    if (filter.status !== null) {
      found.unshift([
        t(filter.status === "unsolved" ? "filter.unsolved" : `status.${filter.status}`),
        { status: null },
      ]);
    }
  }
  if (filter.waiting) found.push([t("filter.waiting"), { waiting: false }]);
  if (found.length === 0) return null;
  return (
    <ul class="conditions" aria-label={t("filter.label")}>
      {found.map(([name, without]) => (
        <li key={name}>
          <button
            type="button"
            class="condition"
            aria-label={t("filter.remove", { name })}
            onClick={() => {
              if (without.waiting === false) prefer({ waiting: false });
              store.dispatch({ type: "view", view: keyOf({ ...filter, ...without }) });
            }}
          >
            <bdi>{name}</bdi>
            <Icon name="close" size={13} />
          </button>
        </li>
      ))}
    </ul>
  );
}

function assigneeName({ members }: State, assignee: string, t: Translate): string {
  if (assignee === "me") return t("filter.me");
  if (assignee === "none") return t("assign.unassigned");
  if (assignee === "someone") return t("filter.someone");
  return members.find((one) => one.user_id === assignee)?.full_name ?? t("filter.former");
}
