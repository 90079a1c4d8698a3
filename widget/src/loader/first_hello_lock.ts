/** A Web Lock for the first hello: one tab at a time, so that tabs opened together become one visitor. */

const TIMEOUT = 3_000; // ms; a tab that holds the lock for longer is stuck

/** Resolves when this tab has the lock, with a function that releases it. At once where there are no Web Locks (plain
 *  http, old browsers): there the storage events settle it a moment later. */
export function takeFirstHelloLock(name: string): Promise<() => void> {
  return new Promise((resolve) => {
    const free = () => resolve(() => undefined);
    if (!navigator.locks) return free();
    const late = new AbortController();
    setTimeout(() => late.abort(), TIMEOUT);
    const mine = () => new Promise<void>((end) => resolve(end));
    navigator.locks.request(name, { signal: late.signal }, mine).catch(free);
  });
}
