/** Ids that this side makes: refs and tab ids, UUIDv7 so that they sort by time. */

import { idFromBytes } from "./codec";

export function newId(now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 5, rest = now; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return idFromBytes(bytes);
}
