/** The articles that an answer of the assistant cites, from the content of its message. Pure, for both faces. */

import { safeHref } from "./links";

export interface Source {
  readonly article: string; // its id
  readonly title: string;
  readonly href: string | null; // where it stands on the web; null: only in Parley
}

const MOST = 5; // as core/content.py has it

/** Empty for any other content. What is not in the known form is left out. */
export function sourcesOf(content: Readonly<Record<string, unknown>> | null | undefined): readonly Source[] {
  const given = content?.["type"] === "assistant_turn" ? content["sources"] : null;
  if (!Array.isArray(given)) return [];
  return given.slice(0, MOST).flatMap((one): Source[] => {
    const { article, title, url } = one ?? {};
    if (typeof article !== "string" || typeof title !== "string" || !title) return [];
    return [{ article, title, href: typeof url === "string" ? safeHref(url) : null }];
  });
}
