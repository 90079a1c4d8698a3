/** One tab at a time says its first hello, so that tabs opened together are one visitor. */

const PATIENCE = 3_000; // ms; a tab that holds the turn for longer is stuck

/** Resolves when it is our turn, with what ends it. At once where there are no locks (plain http, old browsers):
 *  there the storage events settle it a moment later. */
export function takeFirstHelloLock(name: string): Promise<() => void> {
  return new Promise((resolve) => {
    const free = () => resolve(() => undefined);
    if (!navigator.locks) return free();
    const late = new AbortController();
    setTimeout(() => late.abort(), PATIENCE);
    const mine = () => new Promise<void>((end) => resolve(end));
    navigator.locks.request(name, { signal: late.signal }, mine).catch(free);
  });
}
