/** A paginated list with a debounced search. */

import { useEffect, useRef, useState } from "preact/hooks";

import { type RequestState, type Loaded, useRequest, useLoaded } from "../parts/use_request";

const DEBOUNCE = 250; // ms; debounce of the search

/** What the pages of every list have in common; a schema has no parameters. */
interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface Pages<T> {
  readonly loaded: Loaded<Page<T>>;
  readonly more: RequestState;
  readonly next: (() => void) | null; // null: there is no more
}

export function usePages<T>(
  query: string,
  ask: (query: string, cursor: string | null) => Promise<Page<T>>,
  on: readonly unknown[],
): Pages<T> {
  const [asked, setAsked] = useState(query);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(query.trim()), DEBOUNCE);
    return () => clearTimeout(timer);
  }, [query]);
  const question = useRef({});
  const more = useRequest();
  const loaded = useLoaded(() => {
    question.current = {};
    return ask(asked, null);
  }, [...on, asked]);
  const cursor = loaded.value?.next_cursor ?? null;
  const next =
    cursor === null
      ? null
      : (): void => {
          const mine = question.current;
          void more.run(async () => {
            const page = await ask(asked, cursor);
            if (mine !== question.current) return; // the query has changed since: ignore this response
            loaded.set((now) => ({ items: [...now.items, ...page.items], next_cursor: page.next_cursor }));
          });
        };
  return { loaded, more, next };
}
