/** A fake storage that several tabs can share. */

import type { Store } from "../../src/chat/storage";

export class FakeStore implements Store {
  readonly held = new Map<string, string>();
  full = false;

  read(name: string): string | null {
    return this.held.get(name) ?? null;
  }

  write(name: string, value: string | null): void {
    if (value === null) this.held.delete(name);
    else if (!this.full) this.held.set(name, value);
  }

  names(prefix: string): string[] {
    return [...this.held.keys()].filter((name) => name.startsWith(prefix));
  }
}
