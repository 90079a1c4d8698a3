/** The state of a turn, as a tag. */

import type { JSX } from "preact";

import { useAssistantI18n, worded } from "../i18n";

const TAGS: Readonly<Partial<Record<string, string>>> = {
  completed: "tag is-good",
  interrupted: "tag is-warn",
  failed: "tag is-bad",
};

export function StateTag({ state }: { readonly state: string }): JSX.Element {
  const { t } = useAssistantI18n();
  return <span class={TAGS[state] ?? "tag"}>{worded(t, "turns.state", state)}</span>;
}
