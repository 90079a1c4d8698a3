/** Drafts of an agent: kept per conversation across a reload, bounded, and visible only to that agent. */

import { describe, expect, it } from "vitest";

import { type DraftStorage, Drafts, forgetDrafts, MAX_DRAFTS, NO_DRAFT } from "../../src/dashboard/store/drafts";

class MemoryStorage implements DraftStorage {
  readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key = (index: number) => [...this.kept.keys()][index] ?? null;
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

const draft = (body: string) => ({ body, mode: "note", after: 3 }) as const;

describe("drafts", () => {
  it("survive a reload, each with its conversation and mode", () => {
    const storage = new MemoryStorage();
    new Drafts("mai", storage).keep("a", draft("half a sentence"));
    const reloaded = new Drafts("mai", storage);
    expect(reloaded.of("a")).toEqual(draft("half a sentence"));
    expect(reloaded.of("b")).toEqual(NO_DRAFT);
  });

  it("remember what the copilot wrote of them", () => {
    const storage = new MemoryStorage();
    const accepted = { session: "s", message: "m", text: "Hello!" };
    new Drafts("mai", storage).keep("a", { ...draft("Hello there!"), accepted });
    expect(new Drafts("mai", storage).of("a")).toEqual({ ...draft("Hello there!"), accepted });
    storage.setItem("parley:draft:mai:b", JSON.stringify({ ...draft("x"), accepted: { session: 1 } }));
    expect(new Drafts("mai", storage).of("b")).toEqual(draft("x"));
  });

  it("are removed when sent and when the agent signs out", () => {
    const storage = new MemoryStorage();
    const drafts = new Drafts("mai", storage);
    drafts.keep("a", draft("one"));
    drafts.keep("b", draft("two"));
    drafts.keep("a", draft(""));
    expect(drafts.of("a")).toEqual(NO_DRAFT);
    forgetDrafts(storage);
    expect(storage.length).toBe(0);
  });

  it("are not shown to another agent who signs in in the same tab", () => {
    const storage = new MemoryStorage();
    new Drafts("mai", storage).keep("a", draft("private"));
    expect(new Drafts("bao", storage).of("a")).toEqual(NO_DRAFT);
  });

  it("are bounded: the oldest is removed beyond the limit, and none is longer than can be sent", () => {
    const storage = new MemoryStorage();
    let now = 0;
    const drafts = new Drafts("mai", storage, () => ++now);
    for (let index = 0; index <= MAX_DRAFTS; index++) drafts.keep(`c${index}`, draft("text"));
    expect(storage.length).toBe(MAX_DRAFTS);
    expect([drafts.of("c0").body, drafts.of("c1").body]).toEqual(["", "text"]);
    drafts.keep("c1", draft("x".repeat(100_001)));
    expect(drafts.of("c1")).toEqual(NO_DRAFT);
  });

  it("work when storage is full, forbidden or holds other data", () => {
    const full = new MemoryStorage();
    full.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    expect(() => new Drafts("mai", full).keep("a", draft("text"))).not.toThrow();
    expect(new Drafts("mai", null).of("a")).toEqual(NO_DRAFT);
    const odd = new MemoryStorage();
    for (const text of ["{", "null", '{"body":7}', '{"body":"x","mode":"shout","after":"no"}']) {
      odd.kept.set("parley:draft:mai:a", text);
      expect(["", "x"]).toContain(new Drafts("mai", odd).of("a").body);
      expect(new Drafts("mai", odd).of("a").mode).toBe("text");
    }
  });
});
