/** "AI" on the row of a conversation while the assistant answers it. */

import type { JSX } from "preact";

import { useAssistantI18n } from "./i18n";

export function AssistantMark({ label }: { readonly label: string }): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <span class="row-ai" role="img" aria-label={t("owns")} title={t("owns")}>
      {label}
    </span>
  );
}
