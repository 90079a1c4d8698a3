/** The copilot's page: the agent's sessions, the project's drafts of posts, and preferences. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { guardNavigation, type Route, navigate } from "../../router";
import { useStyleSheet } from "../../settings/parts/style_sheet";
import { anyUnsaved, forgetUnsaved } from "../../settings/parts/unsaved";
import { lazy } from "../../views/lazy";
import { Rail } from "../../views/rail";
import { Icon } from "../../views/parts/icons";
import { SkipLinks } from "../../views/parts/skip";
import { useI18n, useWorkspace } from "../../views/hooks";
import { Drafts } from "../drafts/list";
import { DraftPage } from "../drafts/draft_page";
import { useCopilotI18n } from "../i18n";
import { loadStyles } from "../styles";
import { Chat } from "./chat";
import { Confirm } from "./confirm";
import { PlaceLink } from "./place_link";
import { Sessions } from "./sessions";

const PreferencesPage = lazy(
  // With the settings, whose forms it uses.
  async () => (await import("../../settings/pages")).PreferencesPage,
  () => <p class="cop-line" aria-busy="true" />,
);

export interface CopilotPageProps {
  readonly place: string; // "", a session's id, "drafts", "drafts/ID", "preferences"
}

const TABS = [
  ["", "page.sessions"],
  ["drafts", "page.drafts"],
  ["preferences", "page.preferences"],
] as const;

export function CopilotPage({ place }: CopilotPageProps): JSX.Element {
  const { t } = useCopilotI18n();
  const { t: common } = useI18n();
  const { project } = useWorkspace();
  const styled = useStyleSheet(loadStyles);
  const [first, rest = ""] = place.split("/", 2);
  const tab = first === "drafts" || first === "preferences" ? first : "";
  const one = tab === "" ? place : rest; // a session or a draft
  const [leaving, setLeaving] = useState<Route | null>(null);
  usePaletteKey();
  useUnsavedGuard(setLeaving);
  useEffect(() => {
    document.title = `${t("page.title")} · ${project.name} · ${common("app.name")}`;
  }, [t, project.name]);
  return (
    <div class={`inbox cop-page ${one === "" && tab !== "preferences" ? "at-list" : "at-thread"}`}>
      <SkipLinks
        to={[
          ["copilot-list", t("skip.list")],
          ["copilot-main", t("skip.main")],
        ]}
      />
      <Rail />
      <main class="panes">
        <section class="pane list-pane cop-list-pane" id="copilot-list" tabIndex={-1} aria-label={t("page.title")}>
          <header class="cop-head">
            <Icon name="sparkle" size={18} />
            <h1>{t("page.title")}</h1>
          </header>
          <nav class="cop-tabs" aria-label={t("page.nav")}>
            {TABS.map(([id, label]) => (
              <PlaceLink key={id} place={id} class="cop-tab" current={tab === id}>
                {t(label)}
              </PlaceLink>
            ))}
          </nav>
          {!styled || tab === "preferences" ? null : tab === "drafts" ? <Drafts open={one} /> : <Sessions open={one} />}
        </section>
        <section class="pane thread-pane cop-main" id="copilot-main" tabIndex={-1} aria-label={t("skip.main")}>
          {!styled ? null : tab === "preferences" ? (
            <PreferencesPage />
          ) : tab === "drafts" ? (
            <DraftPage key={one} id={one} />
          ) : (
            <Chat key={one} id={one} />
          )}
        </section>
      </main>
      {leaving === null ? null : (
        <Confirm
          title={t("leaving")}
          lead={t("leaving.lead")}
          action={t("leaving.go")}
          onClose={() => setLeaving(null)}
          onConfirm={async () => {
            forgetUnsaved();
            setLeaving(null);
            navigate(leaving);
          }}
        />
      )}
    </div>
  );
}

/** Asks before the agent leaves an edit that is not saved. */
function useUnsavedGuard(ask: (to: Route) => void): void {
  useEffect(() => {
    const stop = guardNavigation((to) => {
      if (!anyUnsaved()) return true;
      ask(to);
      return false;
    });
    const closing = (event: BeforeUnloadEvent): void => {
      if (anyUnsaved()) event.preventDefault();
    };
    addEventListener("beforeunload", closing);
    return () => {
      stop();
      removeEventListener("beforeunload", closing);
    };
  }, []);
}

function usePaletteKey(): void {
  const { go } = useWorkspace();
  const latest = useRef(go);
  latest.current = go;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      latest.current.dialog("palette");
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
