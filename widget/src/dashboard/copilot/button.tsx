/** The copilot's button in the composer. The panel that it opens is loaded on first use. */

import type { JSX } from "preact";

import { Icon } from "../views/parts/icons";
import type { I18n } from "../views/hooks";

export function CopilotButton({ i18n: { t } }: { readonly i18n: I18n }): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      data-opens-copilot
      aria-label={t("copilot")}
      title={`${t("copilot")} (C, Ctrl J)`}
      onClick={toggleCopilot}
    >
      <Icon name="sparkle" size={17} />
    </button>
  );
}

/** Opens the copilot beside the open conversation, or closes it. */
export function toggleCopilot(): void {
  dispatchEvent(new Event("parley:copilot"));
}
