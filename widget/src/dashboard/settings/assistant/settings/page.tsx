/** Project › Assistant: on or off, how it answers, and who answers for it. */

import type { JSX } from "preact";

import { Note, Shown } from "../../parts/components";
import { Card } from "../../parts/forms";
import { useLoaded } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import type { Assistant } from "../../../../rest/types";
import { useAssistantI18n } from "../i18n";
import type { PageProps } from "../pages";
import { Form } from "./form";
import { OwnModel } from "./own_model";

export function SettingsForm({ api }: PageProps): JSX.Element {
  const { manager } = useProject();
  const loaded = useLoaded(() => api.settings(), [api]);
  return (
    <Shown of={loaded}>
      {(assistant) => (
        <>
          <Provider of={assistant} />
          <Today of={assistant} />
          <Form api={api} saved={assistant} onSaved={loaded.set} onStale={() => void loaded.reload()} />
          {manager ? <OwnModel api={api} onChanged={() => void loaded.reload()} /> : null}
        </>
      )}
    </Shown>
  );
}

/** Which provider answers, or what the operator must set first. */
export function Provider({ of: { available, provider, scripted } }: { readonly of: Assistant }): JSX.Element {
  const { t } = useAssistantI18n();
  if (!available) {
    return (
      <Note kind="warn">
        <b>{t("assistant.provider.none")}</b>
        <span>{t("assistant.provider.none.lead")}</span>
      </Note>
    );
  }
  return scripted ? (
    <Note icon="sparkle">
      <b>{t("assistant.provider.scripted")}</b>
      <span>{t("assistant.provider.scripted.lead")}</span>
    </Note>
  ) : (
    <Note icon="sparkle">{t("assistant.provider", { name: provider })}</Note>
  );
}

function Today({ of: { tokens_today, daily_tokens } }: { readonly of: Assistant }): JSX.Element {
  const { t, language } = useAssistantI18n();
  const shown = (n: number): string => n.toLocaleString(language);
  return (
    <Card title={t("assistant.today")}>
      <div class="ai-today">
        <meter
          min={0}
          max={Math.max(1, daily_tokens)}
          high={daily_tokens * 0.8}
          optimum={0}
          value={Math.min(tokens_today, daily_tokens)}
          aria-label={t("assistant.today")}
        />
        <p>
          {t("assistant.today.of", { used: shown(tokens_today), budget: shown(daily_tokens) })}
          {tokens_today >= daily_tokens ? <b> {t("assistant.today.over")}</b> : null}
        </p>
      </div>
    </Card>
  );
}
