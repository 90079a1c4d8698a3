/** The tabs of the inbox: three are always shown; the others, and the agent's saved views, are under "More". */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ManageViews } from "../../saved_views/manage";
import { useSavedViews } from "../../saved_views/use_saved_views";
import { type FilterKey, filterOf, keyOf, type View, viewOf, VIEWS } from "../../state/filter";
import { unreadIn } from "../../state/unread";
import type { State } from "../../state/model";
import type { Translate } from "../../texts/i18n";
import { Icon } from "../parts/icons";
import { type Choice, Menu } from "../parts/menu";
import { useI18n } from "../hooks";

const TABS = ["open", "mine", "unassigned"] as const;
const MORE: readonly View[] = ["pending", "solved", "spam", "muted", "all"];
const SAVED = "saved "; // begins the id of a saved view's choice
const MANAGE = "manage";

interface ViewsProps {
  readonly state: State;
  readonly onPick: (view: FilterKey) => void;
}

export function Views({ state, onPick }: ViewsProps): JSX.Element {
  const { t } = useI18n();
  const { views: saved } = useSavedViews();
  const [more, setMore] = useState(false);
  const [managing, setManaging] = useState(false);
  const own = saved.find((one) => keyOf(one.filter) === state.view && viewOf(state.view) !== state.view);
  const preset = own === undefined ? viewOf(state.view) : null;
  const hidden = own !== undefined || preset === null || MORE.includes(preset);
  const choices: Choice[] = [
    ...MORE.map((view) => ({ id: view, label: t(`view.${view}`), checked: view === preset })),
    ...saved.map((one) => ({
      id: SAVED + one.name,
      label: one.name,
      checked: one === own,
      before: <Icon name="funnel" size={15} />,
    })),
    ...(saved.length === 0
      ? []
      : [{ id: MANAGE, label: t("views.manage.go"), before: <Icon name="gear" size={15} /> }]),
  ];
  return (
    <nav class="views" aria-label={t("rail.inbox")}>
      {TABS.map((view) => (
        <button
          type="button"
          key={view}
          class="view"
          aria-current={preset === view ? "page" : undefined}
          onClick={() => onPick(view)}
        >
          <span>{t(`view.${view}`)}</span>
          <Count count={unreadIn(state, view)} t={t} />
        </button>
      ))}
      <span class="menu-anchor">
        <button
          type="button"
          class="view"
          aria-haspopup="listbox"
          aria-expanded={more}
          aria-current={hidden ? "page" : undefined}
          onClick={() => setMore(!more)}
        >
          <span>
            {own?.name ?? (preset !== null && hidden ? t(`view.${preset}`) : t(hidden ? "view.filtered" : "view.more"))}
          </span>
          <Icon name="down" size={14} />
        </button>
        {more ? (
          <Menu
            label={t("view.more")}
            side="right"
            choices={choices}
            onPick={(id) => {
              setMore(false);
              if (id === MANAGE) return setManaging(true);
              const view = VIEWS.find((one) => one === id);
              const named = saved.find((one) => SAVED + one.name === id);
              if (view !== undefined) onPick(view);
              else if (named !== undefined) onPick(keyOf(filterOf(keyOf(named.filter))));
            }}
            onClose={() => setMore(false)}
          />
        ) : null}
      </span>
      {managing ? <ManageViews onClose={() => setManaging(false)} /> : null}
    </nav>
  );
}

function Count({ count, t }: { readonly count: number; readonly t: Translate }): JSX.Element | null {
  if (count === 0) return null;
  const unread = t("list.unread.count", { n: count });
  return (
    <span class="view-count" role="img" aria-label={unread} title={unread}>
      {count > 99 ? "99+" : count}
    </span>
  );
}
