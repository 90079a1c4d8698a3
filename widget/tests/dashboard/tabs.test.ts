/** Tabs of one agent with a fake lock manager: one alerts, and none alerts for a conversation that is being read. */

import { describe, expect, it } from "vitest";

import { Tabs } from "../../src/dashboard/store/tabs";

interface Request {
  readonly name: string;
  readonly shared: boolean;
  readonly run: (lock: Lock | null) => unknown;
}

/** Web Locks in memory: exclusive and shared, queued, released when the callback's promise settles. */
class Locks {
  private readonly held: Request[] = [];
  private readonly line: Request[] = [];

  request = ((name: string, options: LockOptions, run: (lock: Lock | null) => unknown): Promise<unknown> => {
    const wanted = { name, shared: options.mode === "shared", run };
    queueMicrotask(() => {
      if (options.signal?.aborted === true) return;
      if (options.ifAvailable === true && !this.free(wanted)) return void run(null);
      this.line.push(wanted);
      this.grant();
    });
    options.signal?.addEventListener("abort", () => {
      if (this.line.includes(wanted)) this.line.splice(this.line.indexOf(wanted), 1);
    });
    return new Promise(() => undefined);
  }) as LockManager["request"];

  query = async (): Promise<LockManagerSnapshot> => ({
    held: this.held.map(({ name, shared }) => ({ name, mode: shared ? "shared" : "exclusive", clientId: "" })),
    pending: [],
  });

  private free(wanted: Request): boolean {
    return !this.held.some((one) => one.name === wanted.name && !(one.shared && wanted.shared));
  }

  private grant(): void {
    for (const next of [...this.line]) {
      if (!this.free(next)) continue;
      this.line.splice(this.line.indexOf(next), 1);
      this.held.push(next);
      void Promise.resolve(next.run({ name: next.name, mode: "exclusive" })).then(() => {
        this.held.splice(this.held.indexOf(next), 1);
        this.grant();
      });
    }
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("tabs of one agent", () => {
  it("have one that plays the sound, and the next one when it is closed", async () => {
    const locks = new Locks();
    const [first, second, third] = [0, 1, 2].map(() => new Tabs("mai", "shop", locks)) as [Tabs, Tabs, Tabs];
    expect(await Promise.all([first.has("sound"), second.has("sound"), third.has("sound")])).toEqual([
      true,
      false,
      false,
    ]);
    first.close();
    await settle();
    expect(await Promise.all([second.has("sound"), third.has("sound")])).toEqual([true, false]);
  });

  it("decide separately for every project and every user", async () => {
    const locks = new Locks();
    const tabs = [new Tabs("mai", "shop", locks), new Tabs("mai", "blog", locks), new Tabs("bao", "shop", locks)];
    expect(await Promise.all(tabs.map((tab) => tab.has("notification")))).toEqual([true, true, true]);
  });

  it("know what is being read in another tab, until it is left or the tab is closed", async () => {
    const locks = new Locks();
    const [reader, other] = [new Tabs("mai", "shop", locks), new Tabs("mai", "shop", locks)];
    reader.read("c");
    await settle();
    expect([await other.isRead("c"), await other.isRead("d")]).toEqual([true, false]);
    other.read("c"); // two tabs may show the same conversation
    reader.read(null);
    await settle();
    expect(await reader.isRead("c")).toBe(true);
    other.close();
    await settle();
    expect(await reader.isRead("c")).toBe(false);
  });

  it("decide each alone where the browser has no Web Locks", async () => {
    const alone = new Tabs("mai", "shop", null);
    alone.read("c");
    expect([await alone.has("sound"), await alone.isRead("c")]).toEqual([true, false]);
  });
});
