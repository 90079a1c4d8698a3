/** A list that is read page by page, by keyset, and that stays current. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { Problem } from "../../rest/api";
import { useTouched } from "../../settings/parts/use_request";
import type { Page } from "../model/rest";

export interface Pages<T> {
  readonly items: readonly T[];
  readonly loaded: boolean;
  readonly problem: Problem | null;
  readonly more: (() => void) | null; // null: there are no more
  readonly reload: () => Promise<void>;
}

/** `on`: loads anew when one of them changes. A touch reads the first page again, and what is behind it stays. */
export function usePages<T extends { readonly id: string }>(
  load: (cursor: string | null) => Promise<Page<T>>,
  on: readonly unknown[],
): Pages<T> {
  const [pages, setPages] = useState<readonly Page<T>[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const request_id = useRef(0);
  const read = async (cursor: string | null, put: (now: readonly Page<T>[], page: Page<T>) => readonly Page<T>[]) => {
    const mine = ++request_id.current;
    setProblem(null);
    try {
      const page = await load(cursor);
      if (mine === request_id.current) setPages((now) => put(now, page));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (mine === request_id.current) setProblem(error);
    }
  };
  const reload = useCallback(() => read(null, (_, page) => [page]), on);
  useEffect(() => {
    setPages([]);
    void reload();
    return () => {
      request_id.current++; // unmounted: ignore the response
    };
  }, on);
  useTouched({ reload }, "copilot");
  const cursor = pages.at(-1)?.next_cursor ?? null;
  // By id: an item that was changed while the agent read on is in two pages.
  const items = [...new Map(pages.flatMap((page) => page.items).map((one) => [one.id, one])).values()];
  return {
    items,
    loaded: pages.length > 0,
    problem,
    more: cursor === null ? null : () => void read(cursor, (now, page) => [...now, page]),
    reload,
  };
}
