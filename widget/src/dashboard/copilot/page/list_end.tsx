/** The end of a list: more of it, that it loads, or that it could not be loaded. */

import type { JSX } from "preact";

import { useCopilotI18n } from "../i18n";
import type { Pages } from "./pages_of";
import { TryAgain } from "../../views/parts/try_again";

export function ListEnd({ pages }: { readonly pages: Pages<unknown> }): JSX.Element | null {
  const { t } = useCopilotI18n();
  const { problem, loaded, more, reload } = pages;
  if (problem !== null) {
    return (
      <p class="cop-line" role="alert">
        {t("list.not.loaded")} <TryAgain problem={problem} onRetry={() => void reload()} />
      </p>
    );
  }
  if (!loaded) return <p class="cop-line">{t("loading")}</p>;
  return more === null ? null : (
    <button type="button" class="button is-small cop-more" onClick={more}>
      {t("sessions.more")}
    </button>
  );
}
