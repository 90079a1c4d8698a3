/** The pages of the assistant: each with links to the others, once their styles are loaded. */

import { useSettingsI18n } from "../i18n";
import { tabbedPages } from "../parts/tabbed_pages";
import { AssistantApi } from "./api";
import { Figures } from "./figures/page";
import { Replay } from "./replay/page";
import { SettingsForm } from "./settings/page";
import { loadStyles } from "./styles";
import { Turns } from "./turns/page";
import { Workflow } from "./workflow/page";

export interface PageProps {
  readonly api: AssistantApi;
}

const TABS = [
  ["assistant", "settings"],
  ["assistant-workflow", "workflow"],
  ["assistant-replay", "replay"],
  ["assistant-turns", "turns"],
  ["assistant-figures", "figures"],
] as const;

const page = tabbedPages({
  connect: (rest, project) => new AssistantApi(rest, project),
  loadStyles,
  useTabs: () => {
    const { t } = useSettingsI18n();
    const tabs = TABS.map(([section, name]) => [section, t(`assistant.tab.${name}`)] as const);
    return { label: t("assistant.pages"), tabs };
  },
});

export const AssistantPage = page("assistant", SettingsForm);
export const WorkflowPage = page("assistant-workflow", Workflow);
export const ReplayPage = page("assistant-replay", Replay, { managers: true });
export const TurnsPage = page("assistant-turns", Turns, { managers: true });
export const FiguresPage = page("assistant-figures", Figures, { managers: true });
