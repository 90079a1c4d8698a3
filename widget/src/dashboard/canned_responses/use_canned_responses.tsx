/** Canned responses in a text field: typing "/" and a part of a shortcut offers them, Enter or Tab puts one in. */

import type { JSX, RefObject } from "preact";
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";

import type { CannedResponse } from "../../rest/types";
import { useWorkspace, type I18n } from "../views/hooks";
import { useSession } from "../views/session";
import { CannedResponsesApi } from "./api";
import { libraryOf } from "./library";
import { CannedMenu, LIST_ID, optionId } from "./menu";
import { ranked } from "./search";
import { type Token, tokenAt } from "./token";
import { filled, type Variables } from "./variables";

const SHOWN = 20; // choices

export interface CannedResponses {
  readonly menu: JSX.Element | null;
  readonly attributes: {
    readonly "aria-autocomplete": "list";
    readonly "aria-controls": string | undefined;
    readonly "aria-activedescendant": string | undefined;
  };
  /** Call it when the text or the caret has changed. */
  readonly look: () => void;
  readonly close: () => void;
  /** Whether the key was for the menu. */
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
  const [token, setToken] = useState<Token | null>(null);
  const [closed, setClosed] = useState(-1); // the start of the token whose menu was closed by Esc
  const [active, setActive] = useState(0);
  useEffect(() => {
    const stop = library.subscribe(() => rerender(undefined));
    rerender(undefined); // they may have been loaded between the first render and this effect
    return stop;
  }, [library]);

  const all = library.responses;
  const found = useMemo(
    () => (token === null || all === null ? [] : ranked(all, token.text, SHOWN)),
    [all, token?.text, token === null],
  );
  const shown = token !== null && token.start !== closed && found.length > 0;
  const at = Math.min(active, found.length - 1);
  const chosen = shown ? found[at] : undefined;

  const look = (): void => {
    const field = area.current;
    const next = field === null ? null : tokenAt(field.value, field.selectionStart);
    if (next !== null) library.want();
    if (next?.start !== token?.start) setClosed(-1);
    if (next?.text !== token?.text) setActive(0);
    setToken(next);
  };
  const pick = (response: CannedResponse): void => {
    const field = area.current;
    if (field === null || token === null) return;
    const before = field.value.slice(0, token.start) + filled(response.content, variables);
    setToken(null);
    write(before + field.value.slice(token.start + 1 + token.text.length), before.length);
    library.used(response);
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (chosen === undefined || token === null || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "ArrowDown") setActive((at + 1) % found.length);
    else if (event.key === "ArrowUp") setActive((at - 1 + found.length) % found.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) pick(chosen);
    else if (event.key === "Escape") setClosed(token.start);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  return {
    look,
    close: () => {
      setToken(null);
      setClosed(-1);
    },
    onKeyDown,
    attributes: {
      "aria-autocomplete": "list",
      "aria-controls": shown ? LIST_ID : undefined,
      "aria-activedescendant": chosen === undefined ? undefined : optionId(chosen),
    },
    menu: (
      <>
        <span class="sr-only" role="status">
          {shown ? t("canned.found", { n: found.length }) : ""}
        </span>
        {chosen === undefined ? null : (
          <CannedMenu
            label={t("canned")}
            found={found}
            active={at}
            textOf={({ content }) => filled(content, variables)}
            onActive={setActive}
            onPick={pick}
          />
        )}
      </>
    ),
  };
}
