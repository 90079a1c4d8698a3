/** Watches the customer's page: the current address and title, and their changes. The patched History API is
 *  restored. */

import type { PageNow, Where } from "../host/api";
import { publicTitle, publicUrl } from "./address";

type Write = History["pushState"];

export interface PageWatch {
  now(): PageNow;
  set(where: Where): void;
  stop(): void;
}

/** Calls `moved` with the new address, or with null when the title changed or the page called setPage. */
export function watchPage(moved: (url: string | null) => void): PageWatch {
  let last = location.href;
  let title = document.title;
  let given: Where = {}; // the values of setPage, until the address changes
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
    // If another script patched it after us, its patch stays; ours then only calls the original.
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
