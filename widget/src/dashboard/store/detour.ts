/** Connections of agents whose network blocks websockets; the way around is loaded on first use. */

import type { Platform } from "../../wire/platform";
import type { Notes } from "../../wire/sse/ways";
import type { Id } from "../state/model";

const NAME = "parley:sse";

const notes: Notes = {
  read(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  write(name, value) {
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch {
      // Storage is switched off or full: websockets are tried first the next time.
    }
  },
};

/** Whether websockets have failed in this browser, not long ago or long ago. */
export function mayBeBlocked(): boolean {
  return notes.read(NAME) !== null;
}

/** From now on the platform dials whichever way works. Never rejects. */
export async function detour(platform: Platform, project: Id): Promise<void> {
  try {
    const { findWay } = await import("../../wire/sse/ways");
    const { origin } = location;
    findWay(platform, { origin, project, alive: "/livez", notes, name: NAME });
  } catch {
    // It could not be loaded: the next failed attempt tries again.
  }
}
