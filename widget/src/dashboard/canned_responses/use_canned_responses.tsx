/** Canned responses in a text field: typing "/" and a part of a shortcut offers them, Enter or Tab puts one in. Page Up
 *  and Page Down choose a category. */

import type { JSX, RefObject } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";

import type { CannedResponse } from "../../rest/types";
import { useWorkspace, type I18n } from "../views/hooks";
import { type Suggestions, useSuggestions } from "../views/parts/suggestions";
import { useSession } from "../views/session";
import { CannedResponsesApi } from "./api";
import { libraryOf } from "./library";
import { CannedMenu, LIST_ID, NoResponses, optionId } from "./menu";
import { categoriesOf, inCategory, ranked } from "./search";
import { tokenAt } from "./token";
import { filled, type Variables } from "./variables";

const SHOWN = 20; // choices

export interface CannedResponses extends Pick<Suggestions<CannedResponse>, "attributes" | "look" | "close"> {
  readonly menu: JSX.Element | null;
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

/** `write` replaces the text; the caret goes to `caret`. */
export function useCannedResponses(
  area: RefObject<HTMLTextAreaElement | null>,
  variables: Variables,
  write: (body: string, caret: number) => void,
  { t }: I18n,
): CannedResponses {
  const { store, project } = useWorkspace();
  const { api } = useSession();
  const library = useMemo(() => libraryOf(store, () => new CannedResponsesApi(api, project.id)), [store]);
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = library.subscribe(() => rerender(undefined));
    rerender(undefined); // they may have been loaded between the first render and this effect
    return stop;
  }, [library]);

  const all = library.responses;
  const categories = useMemo(() => categoriesOf(all ?? []), [all]);
  const [wanted, setCategory] = useState("");
  const category = categories.includes(wanted) ? wanted : ""; // the last one of it may have been deleted
  const within = useMemo(() => inCategory(all ?? [], category), [all, category]);
  const suggestions = useSuggestions<CannedResponse>(area, {
    listId: LIST_ID,
    tokenAt,
    source: within,
    find: (text) => ranked(within, text, SHOWN),
    onToken: () => library.want(),
    optionId,
    onPick: (response, replaced) => {
      const { body, caret } = replaced(filled(response.content, variables));
      setCategory("");
      write(body, caret);
      library.used(response);
    },
  });
  const { chosen, found } = suggestions;
  // A category without a match keeps the menu, so that the agent can leave it.
  const none = all?.length === 0 && suggestions.typed?.text === "";
  const open = suggestions.token !== null || (category !== "" && suggestions.typed !== null);
  const turn = (step: 1 | -1): void => {
    const choices = ["", ...categories];
    setCategory(choices[(choices.indexOf(category) + step + choices.length) % choices.length] ?? "");
    suggestions.setActive(0);
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const page = event.key === "PageDown" ? 1 : event.key === "PageUp" ? -1 : null;
    if (none && event.key === "Escape") {
      suggestions.close();
      event.preventDefault();
      return true;
    }
    if (!open || page === null || categories.length === 0) {
      if (open && chosen === undefined && event.key === "Escape") {
        setCategory("");
        event.preventDefault();
        return true;
      }
      return suggestions.onKeyDown(event);
    }
    turn(page);
    event.preventDefault();
    return true;
  };

  return {
    look: suggestions.look,
    close: () => {
      setCategory("");
      suggestions.close();
    },
    onKeyDown,
    attributes: suggestions.attributes,
    menu: (
      <>
        <span class="sr-only" role="status">
          {open
            ? category === ""
              ? t(found.length === 1 ? "canned.found.one" : "canned.found", { n: found.length })
              : t("canned.found.in", { n: found.length, category })
            : ""}
        </span>
        {none ? <NoResponses project={project} t={t} /> : null}
        {!open ? null : (
          <CannedMenu
            label={t("canned")}
            found={found}
            active={suggestions.active}
            textOf={({ content }) => filled(content, variables)}
            categories={categories}
            category={category}
            t={t}
            onCategory={(name) => {
              setCategory(name);
              suggestions.setActive(0);
            }}
            onActive={suggestions.setActive}
            onPick={suggestions.pick}
          />
        )}
      </>
    ),
  };
}
