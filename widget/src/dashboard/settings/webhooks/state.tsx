/** Whether a webhook works, in words. */

import type { JSX } from "preact";

import type { Webhook } from "../../../rest/types";
import { useSettingsI18n } from "../i18n";
import { When } from "../parts/components";

export function StateOf({ webhook }: { readonly webhook: Webhook }): JSX.Element {
  const { t } = useSettingsI18n();
  if (webhook.disabled !== null) return <span class="tag is-warn">{t(`webhooks.disabled.${webhook.disabled}`)}</span>;
  if (!webhook.active) return <span class="tag">{t("webhooks.off")}</span>;
  if (webhook.failing_since !== null) {
    return (
      <span class="tag is-warn">
        {t("webhooks.failing")} <When at={webhook.failing_since} />
      </span>
    );
  }
  const events = webhook.events.length;
  return <>{t(events === 1 ? "webhooks.on.one" : "webhooks.on", { n: events })}</>;
}
