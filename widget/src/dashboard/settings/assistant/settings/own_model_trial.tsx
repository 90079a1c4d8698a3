/** How the test of the project's own model went. */

import type { JSX } from "preact";

import { Note } from "../../parts/components";
import type { ProviderTrial } from "../../../../rest/types";
import { useAssistantI18n } from "../i18n";

interface TrialProps {
  readonly trial: ProviderTrial | null;
  readonly busy: boolean;
}

export function Trial({ trial, busy }: TrialProps): JSX.Element {
  const { t, language } = useAssistantI18n();
  const seconds = ((trial?.ms ?? 0) / 1_000).toLocaleString(language, { maximumFractionDigits: 1 });
  return (
    <div role="status">
      {busy ? (
        <p>
          <span class="spinner" /> {t("own_model.testing")}
        </p>
      ) : trial === null ? null : trial.code === null ? (
        <Note icon="check">{t("own_model.answers", { seconds })}</Note>
      ) : (
        <Note kind="warn">
          <b>{t(`own_model.failed.${trial.code}`)}</b>
          {/* The server's sentence is in English. */}
          {language === "en" ? <span>{trial.detail}</span> : null}
        </Note>
      )}
    </div>
  );
}
