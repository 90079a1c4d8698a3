/** The router: every route has a path, and addresses are untrusted input. */

import { describe, expect, it } from "vitest";

import { isPublic, pathOf, type Route, routeOf, safePath } from "../../src/dashboard/router";

const PROJECT = "0192f0a0-0000-7000-8000-000000000001";
const CONVERSATION = "0192f0a0-0000-7000-8000-000000000002";

function at(url: string, kept: unknown = null): Route {
  return routeOf(new URL(url, "https://parley.example"), kept);
}

describe("routes", () => {
  const routes: readonly Route[] = [
    { name: "inbox", project: null, conversation: null },
    { name: "inbox", project: PROJECT, conversation: null },
    { name: "inbox", project: PROJECT, conversation: CONVERSATION },
    { name: "sign in", to: "" },
    { name: "sign in", to: `/app/p/${PROJECT}` },
    { name: "register" },
    { name: "provider return", query: "", provider: null },
    { name: "provider return", query: "", provider: "work" },
    { name: "account", section: "" },
    { name: "account", section: "security" },
    { name: "admin", section: "users" },
    { name: "project settings", project: PROJECT, section: "" },
    { name: "copilot", project: PROJECT, place: "" },
    { name: "copilot", project: PROJECT, place: PROJECT },
    { name: "copilot", project: PROJECT, place: `drafts/${PROJECT}` },
    { name: "copilot", project: PROJECT, place: "preferences" },
    { name: "project settings", project: PROJECT, section: "api-keys" },
    { name: "project settings", project: PROJECT, section: "knowledge", item: PROJECT },
    { name: "project settings", project: PROJECT, section: "knowledge", item: "new" },
    { name: "new project" },
    { name: "try", project: PROJECT },
    { name: "missing", path: "/app/anything" },
  ];

  it.each(routes)("$name is parsed from its own path", (route) => {
    expect(at(pathOf(route))).toEqual(route);
  });

  it("reads a mailed secret from the fragment, and keeps it out of the address from then on", () => {
    const route = at("/app/reset#se-cret_1");
    expect(route).toEqual({ name: "reset", token: "se-cret_1" });
    expect(pathOf(route)).toBe("/app/reset");
    expect(at("/app/reset", { token: "se-cret_1" })).toEqual(route);
  });

  it("takes the provider's parameters from the query", () => {
    expect(at("/app/oidc/return?code=c&state=s")).toEqual({
      name: "provider return",
      query: "code=c&state=s",
      provider: null,
    });
    expect(at("/app/oidc/return/work?code=c")).toEqual({ name: "provider return", query: "code=c", provider: "work" });
    expect(pathOf(at("/app/oidc/return/work?code=c"))).toBe("/app/oidc/return/work");
    expect(pathOf(at("/app/oidc/return?code=c&state=s"))).toBe("/app/oidc/return");
  });

  it("treats every other path as not found, and keeps its address", () => {
    const inbox = { name: "inbox", project: null, conversation: null };
    for (const url of ["/app", "/app/"]) expect(at(url)).toEqual(inbox);
    for (const path of ["/app/anything", "/app/p/nonsense/c/x", "/application"])
      expect(at(path)).toEqual({ name: "missing", path });
  });

  it("ignores a history entry of other code", () => {
    for (const kept of [7, "token", { token: 7 }, []])
      expect(at("/app/verify", kept)).toEqual({ name: "verify", token: "" });
  });
});

describe("the route after sign-in", () => {
  it("is a route behind the sign-in", () => {
    expect(safePath(`/app/p/${PROJECT}/c/${CONVERSATION}`)).toBe(`/app/p/${PROJECT}/c/${CONVERSATION}`);
    expect(safePath("/app/account/security")).toBe("/app/account/security");
  });

  it("is never another site, another part of this site, or a sign-in page", () => {
    const bad = [
      "https://evil.example/app",
      "//evil.example/app",
      "/app/../../evil",
      "/app\\..\\evil",
      "/apple",
      "/api/v1/me",
      "javascript:alert(1)",
      "/app/sign-in?to=/app",
      "/app/reset#x",
      "",
    ];
    for (const wanted of bad) expect(safePath(wanted)).toBe("");
    expect(at("/app/sign-in?to=https%3A%2F%2Fevil.example%2Fapp")).toEqual({ name: "sign in", to: "" });
  });
});

it("only the inbox and the settings need a session", () => {
  for (const path of ["/app", "/app/account", "/app/admin", "/app/projects/new", `/app/projects/${PROJECT}/settings`]) {
    expect(isPublic(at(path))).toBe(false);
  }
  for (const path of ["/app/sign-in", "/app/verify#t", "/app/invitation#t", "/app/oidc/return"])
    expect(isPublic(at(path))).toBe(true);
});
