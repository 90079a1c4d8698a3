/** Suggestions for the word being typed in a text field: Enter or Tab takes one, Esc closes. The field keeps the focus. */

import type { RefObject } from "preact";
import { useMemo, useState } from "preact/hooks";

/** The part of a text that suggestions replace: from its sign at `start` up to the caret. */
export interface Token {
  readonly start: number; // of the sign, in UTF-16 units
  readonly text: string; // after the sign
}

interface Options<T> {
  readonly listId: string;
  readonly tokenAt: (body: string, caret: number) => Token | null;
  readonly find: (text: string) => readonly T[];
  readonly source: unknown; // `find` is called again when it is another one
  readonly onToken?: () => void; // a token is being typed
  readonly onPick: (item: T, replaced: (by: string) => Replacement) => void;
  readonly optionId: (item: T) => string;
}

export interface Replacement {
  readonly body: string;
  readonly caret: number;
}

export interface Suggestions<T> {
  readonly token: Token | null; // whose suggestions are shown
  readonly typed: Token | null; // the one at the caret, also without a suggestion, unless Esc closed it
  readonly found: readonly T[];
  readonly active: number;
  readonly chosen: T | undefined; // undefined: nothing is suggested
  readonly setActive: (index: number) => void;
  readonly pick: (item: T) => void;
  readonly attributes: {
    readonly "aria-autocomplete": "list";
    readonly "aria-controls": string | undefined;
    readonly "aria-activedescendant": string | undefined;
  };
  /** Call it when the text or the caret has changed. */
  readonly look: () => void;
  readonly close: () => void;
  /** Whether the key was for the suggestions. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

export function useSuggestions<T>(
  area: RefObject<HTMLTextAreaElement | null>,
  { listId, tokenAt, find, source, onToken, onPick, optionId }: Options<T>,
): Suggestions<T> {
  const [token, setToken] = useState<Token | null>(null);
  const [closed, setClosed] = useState(-1); // the start of the token whose suggestions were closed by Esc
  const [active, setActive] = useState(0);
  const found = useMemo(() => (token === null ? [] : find(token.text)), [source, token?.text, token === null]);
  const shown = token !== null && token.start !== closed && found.length > 0;
  const at = Math.min(active, found.length - 1);
  const chosen = shown ? found[at] : undefined;

  const look = (): void => {
    const field = area.current;
    const next = field === null ? null : tokenAt(field.value, field.selectionStart);
    if (next !== null) onToken?.();
    if (next?.start !== token?.start) setClosed(-1);
    if (next?.text !== token?.text) setActive(0);
    setToken(next);
  };
  const pick = (item: T): void => {
    const field = area.current;
    if (field === null || token === null) return;
    setToken(null);
    onPick(item, (by) => {
      const before = field.value.slice(0, token.start) + by;
      return { body: before + field.value.slice(token.start + 1 + token.text.length), caret: before.length };
    });
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
    token: shown ? token : null,
    typed: token !== null && token.start !== closed ? token : null,
    found,
    active: at,
    chosen,
    setActive,
    pick,
    look,
    close: () => {
      setToken(null);
      setClosed(-1);
    },
    onKeyDown,
    attributes: {
      "aria-autocomplete": "list",
      "aria-controls": shown ? listId : undefined,
      "aria-activedescendant": chosen === undefined ? undefined : optionId(chosen),
    },
  };
}
