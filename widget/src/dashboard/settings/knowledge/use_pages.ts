/** A list that is loaded page by page, and as far as it was shown when it is loaded again. */

import { useRef } from "preact/hooks";

import { type Loaded, type RequestState, useLoaded, useRequest } from "../parts/use_request";

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface Pages<T> {
  readonly loaded: Loaded<Page<T>>;
  readonly more: RequestState; // of the next page
  readonly showMore: () => void;
}

interface PagesOptions<T> {
  readonly fetch: (cursor: string | null) => Promise<Page<T>>;
  readonly idOf: (item: T) => string;
}

/** Begins again with the first page when one of `on` changes. */
export function usePages<T>({ fetch, idOf }: PagesOptions<T>, on: readonly unknown[]): Pages<T> {
  const shown = useRef({ on, pages: 1 });
  if (shown.current.on.some((one, index) => one !== on[index])) shown.current = { on, pages: 1 };
  const loaded = useLoaded(async () => {
    let page = await fetch(null);
    for (let n = 1; n < shown.current.pages && page.next_cursor !== null; n++)
      page = joined(page, await fetch(page.next_cursor), idOf);
    return page;
  }, on);
  const more = useRequest();
  const showMore = (): void => {
    const cursor = loaded.value?.next_cursor ?? null;
    if (cursor === null) return;
    const asked = shown.current;
    void more.run(async () => {
      const next = await fetch(cursor);
      if (asked !== shown.current) return; // another list is shown now
      asked.pages++;
      loaded.set((now) => (now.next_cursor === cursor ? joined(now, next, idOf) : now));
    });
  };
  return { loaded, more, showMore };
}

/** An item that moved to the later page meanwhile is shown once. */
function joined<T>(page: Page<T>, next: Page<T>, idOf: (item: T) => string): Page<T> {
  const known = new Set(page.items.map(idOf));
  const fresh = next.items.filter((one) => !known.has(idOf(one)));
  return { items: [...page.items, ...fresh], next_cursor: next.next_cursor };
}
