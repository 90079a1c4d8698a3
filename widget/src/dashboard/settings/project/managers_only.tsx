/** What agents are told about what is not theirs to change. */

import type { JSX } from "preact";

import { Note } from "../parts/pieces";
import { useTexts } from "../words";

export function ManagersOnly({ nothing = false }: { readonly nothing?: boolean }): JSX.Element {
  const { say } = useTexts();
  return <Note icon="lock">{say(nothing ? "managers.see" : "managers.change")}</Note>;
}
