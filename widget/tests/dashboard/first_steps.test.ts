/** The first steps: what is pasted where, and how a site is allowed. */

import { describe, expect, it } from "vitest";

import { agoIn } from "../../src/dashboard/first_steps/ago";
import { codeFor, PLATFORMS } from "../../src/dashboard/first_steps/platforms";
import { allowed } from "../../src/dashboard/first_steps/sites";
import { Problem } from "../../src/dashboard/rest/api";

const ORIGIN = "https://chat.example";
const PROJECT = "0192f0a0-0000-7000-8000-000000000001";

it.each(PLATFORMS)("what is pasted into %s names the script and the project", (platform) => {
  const code = codeFor(platform, ORIGIN, PROJECT);
  expect(code).toContain(`${ORIGIN}/widget.js`);
  expect(code).toContain(PROJECT);
  expect(code).toMatch(/data-project/);
});

describe("allowing a site", () => {
  const api = (refusals: readonly (Problem | null)[], domains: readonly string[] = ["shop.example"]) => {
    const sent: unknown[] = [];
    const left = [...refusals];
    const call = async (method: string, _path: string, body?: unknown): Promise<never> => {
      if (method === "GET") return { domains, version: 3 + sent.length } as never;
      sent.push(body);
      const refused = left.shift() ?? null;
      if (refused !== null) throw refused;
      return {} as never;
    };
    return { sent, call };
  };
  const stale = new Problem(409, "stale", "");

  it("adds it to the domains that are there", async () => {
    const there = api([null]);
    expect(await allowed(there, PROJECT, "b.example")).toBe(true);
    expect(there.sent).toEqual([{ version: 3, domains: ["shop.example", "b.example"] }]);
  });

  it("reads the domains again when somebody else has changed them", async () => {
    const there = api([stale, null]);
    expect(await allowed(there, PROJECT, "b.example")).toBe(true);
    expect(there.sent).toHaveLength(2);
    expect(await allowed(api([stale, stale, stale]), PROJECT, "b.example")).toBe(false);
  });

  it("changes nothing where it is allowed, and says when it is refused", async () => {
    const known = api([], ["b.example"]);
    expect([await allowed(known, PROJECT, "b.example"), known.sent]).toEqual([true, []]);
    expect(await allowed(api([new Problem(422, "invalid", "")]), PROJECT, "b.example")).toBe(false);
  });
});

it("says how long ago, in words", () => {
  const minutes = 60_000;
  expect([0, 2, 3 * 60, 30 * 60].map((n) => agoIn(n * minutes, "en"))).toEqual([
    "now",
    "2 minutes ago",
    "3 hours ago",
    "yesterday",
  ]);
  expect(agoIn(2 * minutes, "vi")).toBe("2 phút trước");
});
