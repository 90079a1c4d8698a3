/** The customer's page: where the visitor is, and when that changes. What is patched is put back. */

import type { PageNow, Where } from "../host/api";
import { publicTitle, publicUrl } from "./address";

type Write = History["pushState"];

export interface PageWatch {
  now(): PageNow;
  set(where: Where): void;
  stop(): void;
}

/** `moved` is called with the address when that changes, and with null when the title does or the page says so. */
export function watchPage(moved: (url: string | null) => void): PageWatch {
  let last = location.href;
  let title = document.title;
  let given: Where = {}; // what setPage said, until the address changes
  let over = false;

  const look = () => {
    if (over || location.href === last) return;
    last = location.href;
    given = {};
    moved(last);
  };
  const titles = new MutationObserver(() => {
    if (document.title === title) return;
    title = document.title;
    moved(null);
  });
  const restore = (["pushState", "replaceState"] as const).map((name) => {
    const original: Write = history[name];
    const patched: Write = (...change) => {
      original.apply(history, change);
      look();
    };
    history[name] = patched;
    // Whoever patched it after us keeps working: ours then only passes on.
    return () => {
      if (history[name] === patched) history[name] = original;
    };
  });
  addEventListener("popstate", look);
  addEventListener("hashchange", look);
  titles.observe(document.head, { childList: true, subtree: true, characterData: true });

  return {
    now: () => ({
      url: publicUrl(absolute(given.url)),
      title: publicTitle(given.title ?? document.title),
      referrer: publicUrl(document.referrer),
    }),
    set(where) {
      given = where;
      moved(null);
    },
    stop() {
      over = true;
      titles.disconnect();
      removeEventListener("popstate", look);
      removeEventListener("hashchange", look);
      for (const back of restore) back();
    },
  };
}

function absolute(url: string | undefined): string {
  try {
    return url ? new URL(url, location.href).href : location.href;
  } catch {
    return location.href;
  }
}
