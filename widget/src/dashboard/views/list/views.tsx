/** The tabs of the inbox: three are always shown, the rest is under "More". */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { unreadIn } from "../../state/unread";
import { VIEWS, type State, type View } from "../../state/model";
import type { Translate } from "../../texts/i18n";
import { Icon } from "../parts/icons";
import { Menu } from "../parts/menu";
import { useI18n } from "../hooks";

const TABS = ["open", "mine", "unassigned"] as const;
const MORE: readonly View[] = ["pending", "solved", "spam", "muted", "all"];

interface ViewsProps {
  readonly state: State;
  readonly onPick: (view: View) => void;
}

export function Views({ state, onPick }: ViewsProps): JSX.Element {
  const { t } = useI18n();
  const [more, setMore] = useState(false);
  const hidden = MORE.includes(state.view);
  return (
    <nav class="views" aria-label={t("rail.inbox")}>
      {TABS.map((view) => (
        <button
          type="button"
          key={view}
          class="view"
          aria-current={state.view === view ? "page" : undefined}
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
          {t(hidden ? `view.${state.view}` : "view.more")}
          <Icon name="down" size={14} />
        </button>
        {more ? (
          <Menu
            label={t("view.more")}
            side="right"
            choices={MORE.map((view) => ({ id: view, label: t(`view.${view}`), checked: view === state.view }))}
            onPick={(id) => {
              setMore(false);
              const view = VIEWS.find((one) => one === id);
              if (view !== undefined) onPick(view);
            }}
            onClose={() => setMore(false)}
          />
        ) : null}
      </span>
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
