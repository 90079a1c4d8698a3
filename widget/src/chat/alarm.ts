/** A single reschedulable timer: setting it again replaces the pending call (debounce). */

import type { Platform } from "../wire/platform";

export class Alarm {
  #cancel: (() => void) | null = null;

  constructor(
    private readonly platform: Platform,
    private readonly act: () => void,
  ) {}

  get isSet(): boolean {
    return this.#cancel !== null;
  }

  /** Calls `act` after `wait` ms; Infinity: never. */
  set(wait: number): void {
    this.clear();
    if (wait === Infinity) return;
    this.#cancel = this.platform.after(Math.max(0, wait), () => {
      this.#cancel = null;
      this.act();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
