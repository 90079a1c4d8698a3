/** Screenshots: asked for again while they are being taken, and a message for every reason that there is none. */

import { describe, expect, it } from "vitest";

import { Problem } from "../../src/dashboard/rest/api";
import { ScreenshotsApi } from "../../src/dashboard/screenshots/api";
import { problemKey } from "../../src/dashboard/screenshots/i18n";

const READY = { state: "ready", url: "https://shop.example/", taken_at: 1, jpeg: "/9j/" };
const TAKING = { state: "taking", url: "https://shop.example/", taken_at: null, jpeg: null };

function answering(...answers: readonly unknown[]) {
  const asked: string[] = [];
  const left = [...answers];
  const call = async <T>(method: string, path: string): Promise<T> => {
    asked.push(`${method} ${path}`);
    const answer = left.length > 1 ? left.shift() : left[0];
    if (answer instanceof Problem) throw answer;
    return answer as T;
  };
  return { asked, call };
}

describe("a screenshot", () => {
  it("is asked for again while it is being taken", async () => {
    const rest = answering(TAKING, TAKING, READY);
    expect(await new ScreenshotsApi(rest, "p1").take("v")).toEqual(READY);
    expect(rest.asked).toEqual(Array(3).fill("POST /projects/p1/visitors/v/screenshot"));
  });

  it("is given up after as long as it may take", async () => {
    const rest = answering(TAKING);
    await expect(new ScreenshotsApi(rest, "p1").take("v")).rejects.toMatchObject({ code: "page_too_slow" });
    expect(rest.asked).toHaveLength(5);
  });

  it("is available or not, which is asked once a minute", async () => {
    const rest = answering({ available: true }, { available: false });
    const available = (now: number) => new ScreenshotsApi(rest, "p2").available(now);
    expect(await available(0)).toBe(true);
    expect(await available(59_999)).toBe(true);
    expect(await available(60_000)).toBe(false);
    expect(rest.asked).toHaveLength(2);
  });

  it("may be available again after the server could not be reached", async () => {
    const rest = answering(new Problem(0, "unreachable", ""), { available: true });
    const api = new ScreenshotsApi(rest, "p3");
    await expect(api.available(0)).rejects.toThrow();
    expect(await api.available(1)).toBe(true);
  });
});

describe("a problem of a screenshot", () => {
  it.each([
    [502, "page_unreachable", "problem.page_unreachable"],
    [503, "screenshots_busy", "problem.screenshots_busy"],
    [429, "rate_limited", "problem.rate_limited"],
    [0, "unreachable", "problem.away"],
    [503, "unavailable", "problem.away"],
    [404, "not_found", "problem.other"],
  ])("of %d %s has a message", (status, code, key) => {
    expect(problemKey(new Problem(status, code, ""))).toBe(key);
  });
});
