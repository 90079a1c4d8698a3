/** Chooses between websocket and event stream once a websocket has failed. Replaces the `dial` of a platform: the
 *  socket above does not know which way it goes. */

import type { Platform, WebSocketEvents } from "../platform";
import { type Probe, probing } from "./probe";
import { dialStream, type StreamAddress } from "./stream";

const FAILED_AFTER = 10_000; // ms after which an attempt that the socket gives up counts as failed
const BLOCKED_TTL = 24 * 60 * 60_000; // ms
const LOST = 1006;
const NORMAL = 1000;

/** Where it is remembered that websockets fail. */
export interface Notes {
  read(name: string): string | null;
  write(name: string, value: string | null): void;
}

export interface Ways extends StreamAddress {
  /** An address that the page may read and that answers whenever the server does. */
  readonly alive: string;
  readonly notes: Notes;
  /** Of the note. */
  readonly name: string;
}

/** Whether an event stream was needed not long ago. */
export function isRemembered({ notes, name }: Ways, now: number): boolean {
  const until = Number(notes.read(name));
  return until > now && until <= now + BLOCKED_TTL; // a clock that was ahead must not make it last
}

const changed = new WeakSet<Platform>();

/** From now on the platform dials whichever way works. Called after a failed attempt, or when one is remembered. */
export function findWay(platform: Platform, ways: Ways): void {
  if (changed.has(platform)) return;
  changed.add(platform);
  const websocket = platform.dial.bind(platform);
  const probe: Probe = probing(platform, websocket);
  let blocked = isRemembered(ways, platform.now());
  let failed = 0; // attempts in a row

  /** A websocket has failed: that counts if the server itself can be reached. */
  const count = () => void isReachable(ways.alive).then((reachable) => reachable && failed++);
  const remember = (stream: boolean) => {
    blocked = stream;
    ways.notes.write(ways.name, stream ? String(platform.now() + BLOCKED_TTL) : null);
  };
  if (!blocked) count();

  platform.dial = (events) => {
    // After two websockets, or from the start where they are known to fail; then both in turn.
    const streamed = failed % 2 === 0 && (blocked || failed > 0);
    const began = platform.monotonic();
    let worked = false;
    let over = false;
    const end = (lost: boolean) => {
      if (over) return;
      over = true;
      if (streamed) probe.stop();
      if (worked || !lost) return;
      if (streamed) failed++;
      else count();
    };
    const watched: WebSocketEvents = {
      opened: () => events.opened(),
      received: (bytes) => {
        if (!worked && !over) {
          worked = true;
          failed = 0;
          if (!streamed) remember(false);
          else probe.start({ soon: !blocked, failed: () => remember(true), found: back });
        }
        return events.received(bytes);
      },
      closed: (code) => {
        end(true);
        return events.closed(code);
      },
    };
    /** Websockets work again: the socket reconnects as after any end, and finds one. */
    const back = () => {
      remember(false);
      link.close(NORMAL);
      watched.closed(LOST);
    };
    const link = streamed ? dialStream(ways, watched, platform) : websocket(watched);
    return {
      send: (bytes) => link.send(bytes),
      close: (code) => {
        end(platform.monotonic() - began >= FAILED_AFTER);
        link.close(code);
      },
    };
  };
}

/** Whether the server answers, so that it is not to blame for a failed websocket. */
async function isReachable(address: string): Promise<boolean> {
  try {
    return (await fetch(address, { cache: "no-store", credentials: "omit" })).ok;
  } catch {
    return false;
  }
}
