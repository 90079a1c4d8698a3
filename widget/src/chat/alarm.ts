/** One thing to do later; setting it again replaces it. */

import type { Surroundings } from "../wire/surroundings";

export class Alarm {
  #cancel: (() => void) | null = null;

  constructor(
    private readonly world: Surroundings,
    private readonly act: () => void,
  ) {}

  get isSet(): boolean {
    return this.#cancel !== null;
  }

  /** Acts after `wait` ms; Infinity: never. */
  set(wait: number): void {
    this.clear();
    if (wait === Infinity) return;
    this.#cancel = this.world.after(Math.max(0, wait), () => {
      this.#cancel = null;
      this.act();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
