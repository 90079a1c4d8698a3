/** The tabs of the panel beside the canvas. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";

import { useAssistantI18n } from "../i18n";

export const TABS = ["step", "problems", "test", "versions"] as const;
export type Tab = (typeof TABS)[number];

interface SideTabsProps {
  readonly tab: Tab;
  readonly onPick: (tab: Tab) => void;
  readonly problems: number;
}

/** One tab stop; the arrow keys choose, as in every list of tabs. */
export function SideTabs({ tab, onPick, problems }: SideTabsProps): JSX.Element {
  const { t } = useAssistantI18n();
  const list = useRef<HTMLDivElement>(null);
  const moved = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] ?? tab;
    onPick(next);
    list.current?.querySelector<HTMLElement>(`#flow-tab-button-${next}`)?.focus();
  };
  return (
    <div class="flow-tabs" role="tablist" aria-label={t("flow.side")} ref={list} onKeyDown={moved}>
      {TABS.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`flow-tab-button-${one}`}
          aria-selected={one === tab}
          aria-controls={one === tab ? `flow-tab-${one}` : undefined}
          tabIndex={one === tab ? 0 : -1}
          onClick={() => onPick(one)}
        >
          {t(`flow.tab.${one}`)}
          {one === "problems" && problems > 0 ? <span class="badge is-warn">{problems}</span> : null}
        </button>
      ))}
    </div>
  );
}
