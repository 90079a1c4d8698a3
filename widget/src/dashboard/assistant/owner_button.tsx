/** The button that takes the conversation over from the assistant, or gives it back. */

import type { JSX } from "preact";

import type { Conversation } from "../state/model";
import type { Owner } from "../store/ownership";
import { useWorkspace } from "../views/hooks";
import { Icon } from "../views/parts/icons";
import { useAssistantI18n } from "./i18n";

/** Who could answer instead; null: the assistant never did here, or nobody can any more. */
export function otherOwner({ owner, ended, withheld }: Conversation): Owner | null {
  if (ended === true || withheld === true || !owner) return null;
  return owner === "assistant" ? "person" : "assistant";
}

export function OwnerButton({ row }: { readonly row: Conversation }): JSX.Element | null {
  const { go } = useWorkspace();
  const { t } = useAssistantI18n();
  const to = otherOwner(row);
  if (to === null) return null;
  const label = t(to === "person" ? "take" : "give");
  return (
    <button
      type="button"
      class={`button is-small ${to === "person" ? "take-over" : "is-quiet give-back"}`}
      aria-label={label}
      title={`${label} (T)`}
      onClick={() => go.owner(row, to)}
    >
      <Icon name={to === "person" ? "hand" : "assistant"} size={16} />
      <span aria-hidden="true">{label}</span>
    </button>
  );
}
