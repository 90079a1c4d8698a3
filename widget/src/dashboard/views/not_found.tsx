/** The page for an unknown address (404). */

import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

import { pathOf, type Route, navigate } from "../router";
import { Empty } from "./parts/components";
import { useI18n } from "./hooks";

const INBOX: Route = { name: "inbox", project: null, conversation: null };

export function NotFound(): JSX.Element {
  const { t } = useI18n();
  useEffect(() => {
    document.title = `${t("missing")} · ${t("app.name")}`;
  }, [t]);
  return (
    <main class="splash">
      <h1 class="sr-only">{t("missing")}</h1>
      <Empty icon="search" title={t("missing")} lead={t("missing.lead")}>
        <a
          class="button is-primary"
          href={pathOf(INBOX)}
          onClick={(event) => {
            event.preventDefault();
            navigate(INBOX, "replace");
          }}
        >
          {t("missing.inbox")}
        </a>
      </Empty>
    </main>
  );
}
