/** Ids made by the client: refs and tab ids, monotonic UUIDv7 (RFC 9562 §6.2, method 1). */

import { idFromBytes } from "./codec";

let last = 0; // ms of the newest id
let count = 0; // of that ms, in the 12 bits behind the time

/** `now` in ms since the epoch; if the clock stands still or was set back, the newest time so far is used. */
export function newId(now: number): string {
  if (now > last) {
    last = now;
    count = 0;
  } else if (++count > 0xfff) {
    last++;
    count = 0;
  }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 5, rest = last; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
  bytes[6] = 0x70 | (count >> 8);
  bytes[7] = count & 0xff;
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return idFromBytes(bytes);
}
