/** Variables of canned responses: `{{visitor.name|there}}`. Pure. */

import type { Conversation, Facts } from "../state/model";
import { isAnonymous } from "../state/placeholder_names";

/** What is known, by the name of the variable; "" for a known variable without a value. */
export type Variables = Readonly<Record<string, string>>;

const VARIABLE = /\{\{\s*([A-Za-z0-9_.-]{1,80})\s*(?:\|([^{}]*))?\}\}/g;

/** The text with its variables filled in: by their value, else by the fallback after `|`. A name that is unknown stays
 *  as it is, so that the agent sees the mistake before the visitor does. */
export function filled(content: string, variables: Variables): string {
  return content.replace(VARIABLE, (whole, name: string, fallback: string | undefined) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) return fallback === undefined ? whole : fallback.trim();
    return value === "" ? (fallback ?? "").trim() : value;
  });
}

/** The variables of a conversation: what its visitor's page has said, and who answers. */
export function variablesOf(
  visitor: Pick<Conversation["visitor"], "id" | "name" | "email"> | undefined,
  facts: Facts | null | undefined,
  agent: string,
  project: string,
): Variables {
  const said = Object.entries(facts ?? {}).map(([name, value]) => [
    `visitor.${name}`,
    value === null ? "" : String(value),
  ]);
  return {
    ...Object.fromEntries(said),
    "visitor.name": visitor === undefined || isAnonymous(visitor) ? "" : visitor.name,
    "visitor.email": visitor?.email ?? "",
    "agent.name": agent,
    "project.name": project,
  };
}
