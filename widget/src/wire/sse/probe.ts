/** Tries a websocket now and then while an event stream is in use. */

import type { Platform, WebSocketLike } from "../platform";

const SOON_DELAY = 2_000; // ms until the first try, where it is not known yet that websockets fail
const FIRST_DELAY = 15_000; // ms until the first try elsewhere
const MAX_DELAY = 10 * 60_000; // ms between two tries; they double until then
const TIMEOUT = 10_000; // ms for one try
const PING = Uint8Array.of(0x92, 5, 1); // the frame [5, 1]: the server refuses it before `hello`, which proves the way

export interface Probe {
  /** Tries until a frame comes through, and then calls `found`; `failed` after each try in vain. */
  start(given: { soon: boolean; failed: () => void; found: () => void }): void;
  stop(): void;
}

export function probing(platform: Platform, dial: Platform["dial"]): Probe {
  let wait = FIRST_DELAY; // not reset: a way that works for moments only must not make the client change for ever
  let stop = () => {};

  const attempt = (found: () => void, failed: () => void) => {
    let link: WebSocketLike | null = null;
    let over = false;
    const cancel = () => {
      over = true;
      disarm();
      link?.close(1000);
    };
    const end = (works: boolean) => {
      if (over) return;
      cancel();
      schedule(found, failed);
      if (works) found();
      else failed();
    };
    const disarm = platform.after(TIMEOUT, () => end(false));
    stop = cancel;
    try {
      link = dial({
        opened: () => link?.send(PING),
        received: () => end(true),
        closed: () => end(false),
      });
    } catch {
      end(false);
    }
  };

  const schedule = (found: () => void, failed: () => void, soon = false) => {
    stop = platform.after(soon ? SOON_DELAY : wait, () => attempt(found, failed));
    wait = Math.min(MAX_DELAY, wait * 2);
  };

  return {
    start: ({ soon, failed, found }) => schedule(found, failed, soon),
    stop: () => stop(),
  };
}
