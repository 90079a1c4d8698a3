/** Reconnect policy: exponential backoff with jitter, unlimited attempts; which close codes are final. */

export const FIRST_DELAY = 500; // ms
export const MAX_DELAY = 30_000; // ms

/** A random wait in ms before attempt number `attempt` (0 is the first); `random` is in [0, 1). */
export function delay(attempt: number, random: number): number {
  const ceiling = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt + 1));
  return FIRST_DELAY + random * (ceiling - FIRST_DELAY);
}

/** 4500–4999 are final; after every other code, 1006 included, the client reconnects. */
export function comesBack(code: number): boolean {
  return code < 4500 || code > 4999;
}
