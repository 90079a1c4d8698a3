/** Reconnect policy: exponential backoff with jitter, unlimited attempts; which close codes are final. */

export const FIRST_DELAY = 500; // ms
export const MAX_DELAY = 30_000; // ms
export const FINAL = 4500; // close codes from here on are final; after all others, 1006 included, the client reconnects

/** A random wait in ms before attempt number `attempt` (0 is the first); `random` is in [0, 1). */
export function delay(attempt: number, random: number): number {
  const ceiling = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt + 1));
  return FIRST_DELAY + random * (ceiling - FIRST_DELAY);
}
