/** REST of the search, one section at a time. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Id, SearchPage, SearchResult } from "../../rest/types";
import { type Api, Problem } from "../rest/api";

export type Section = "messages" | "visitors" | "notes";

export interface Found {
  readonly items: readonly SearchResult[];
  readonly next: string | null; // the cursor of the next page
  readonly phase: "busy" | "done" | "failed";
}

export interface Searched extends Found {
  readonly more: () => void; // loads the next page, or what failed
}

const PAGE = 10;
const NOTHING: Found = { items: [], next: null, phase: "done" };

export function searched(api: Api, project: Id, section: Section, query: string, cursor: string | null) {
  const parameters = new URLSearchParams({ q: query, kind: section, limit: String(PAGE) });
  if (cursor !== null) parameters.set("cursor", cursor);
  return api.call<SearchPage>("GET", `/projects/${project}/search?${parameters}`);
}

/** What a section has for the query. The results of the former query stay until those of the new one are there. */
export function useSearched(api: Api, project: Id, section: Section, query: string): Searched {
  const [found, setFound] = useState<Found>(NOTHING);
  const turn = useRef(0); // an answer to an earlier query comes too late

  const load = useCallback(
    async (before: readonly SearchResult[], cursor: string | null): Promise<void> => {
      const mine = ++turn.current;
      setFound((now) => ({ ...now, phase: "busy" }));
      try {
        const page = await searched(api, project, section, query, cursor);
        if (mine === turn.current)
          setFound({ items: [...before, ...page.items], next: page.next_cursor, phase: "done" });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (mine === turn.current) setFound({ items: before, next: cursor, phase: "failed" });
      }
    },
    [api, project, section, query],
  );
  useEffect(() => {
    if (query !== "") void load([], null);
    else {
      turn.current++;
      setFound(NOTHING);
    }
  }, [load, query]);
  useEffect(() => () => void turn.current++, []);

  return { ...found, more: () => void load(found.items, found.next) };
}
