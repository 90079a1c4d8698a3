/** What helps when something could not be loaded. */

import type { JSX } from "preact";

import type { Problem } from "../../rest/api";
import { useI18n } from "../hooks";

interface TryAgainProps {
  readonly problem: Problem | null;
  readonly onRetry: () => void;
  readonly look?: string;
}

/** Trying again, where that may help. After a refusal only the page as it is now does: a role or what it shows has
 *  changed. */
export function TryAgain({ problem, onRetry, look = "link" }: TryAgainProps): JSX.Element {
  const { t } = useI18n();
  const refused = problem !== null && !problem.temporary;
  return (
    <button type="button" class={look} onClick={refused ? () => location.reload() : onRetry}>
      {t(refused ? "lazy.reload" : "retry")}
    </button>
  );
}
