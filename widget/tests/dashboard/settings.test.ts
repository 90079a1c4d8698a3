/** The pure parts of the settings: audit sentences, times in a time zone, concurrent changes, texts. */

import { describe, expect, it, test } from "vitest";

import type { AuditEntry } from "../../src/rest/types";
import { middle } from "../../src/dashboard/settings/account/avatar";
import { ACTIONS, actionLabel, learnt, sentenceOf } from "../../src/dashboard/settings/audit/sentences";
import { exactTimeIn, midnight, relativeTime } from "../../src/dashboard/settings/parts/zoned_times";
import { differences, newest } from "../../src/dashboard/settings/project/stale";
import { rootOf } from "../../src/dashboard/settings/parts/forms";
import { isKey, sentence, settingsTranslator } from "../../src/dashboard/settings/i18n";
import { Problem } from "../../src/dashboard/rest/api";

const t = settingsTranslator("en");
const NAMES = new Map([
  ["tom", "Tom"],
  ["mai", "Mai"],
]);
const DETAILS = {
  id: "p",
  name: "A",
  role: "manager",
  domains: ["a.example"],
  history_mode: "forever",
  reopen_on_reply: false,
  version: 1,
} as const;
const MINUTE = 60_000;

function entry(action: string, fields: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: "1",
    at: 0,
    actor: { kind: "user", id: "mai", name: "Mai" },
    action,
    entity: "member",
    entity_id: "tom",
    result: "ok",
    address: "",
    agent: "",
    changes: {},
    ...fields,
  };
}

describe("the log as sentences", () => {
  test.each([
    [
      entry("member.role_changed", { changes: { role: { from: "agent", to: "manager" } } }),
      "Mai changed Tom's role from agent to manager",
    ],
    [
      entry("member.removed", { entity_id: "gone", changes: { full_name: "Ben", role: "agent" } }),
      "Mai removed Ben from the project",
    ],
    [
      entry("invitation.sent", { changes: { email: "lan@shop.example", role: "manager" } }),
      "Mai invited lan@shop.example with the role manager",
    ],
    [entry("api_key.created", { changes: { name: "Orders", scopes: [] } }), "Mai created the API key “Orders”"],
    [
      entry("project.changed", { changes: { name: { from: "A", to: "B" }, domains: { from: [], to: ["b.example"] } } }),
      "Mai changed the name to “B”, the domains to b.example",
    ],
    [entry("conversation.assigned", { changes: { assignee_id: "tom" } }), "Mai assigned a conversation to Tom"],
    [entry("conversation.assigned", { changes: { assignee_id: null } }), "Mai unassigned a conversation"],
    [
      entry("conversation.status_changed", {
        actor: { kind: "system", id: null, name: "" },
        changes: { status: "solved" },
      }),
      "AI System set a conversation to solved",
    ],
    [entry("member.role_changed", { result: "denied" }), "Mai tried to change a member's role and was refused"],
    [
      entry("session.refused", { result: "denied", changes: { reason: "wrong_code" } }),
      "Mai tried to sign in and was refused: wrong code",
    ],
    [
      entry("project.changed", { result: "failed", changes: { reason: "stale" } }),
      "Mai tried to change the project, but it failed: another person changed it in the meantime",
    ],
    [
      entry("two_factor.kept", { changes: { reason: "of_next_year" }, result: "denied" }),
      "Mai tried to keep two-step sign-in and was refused",
    ],
    [
      entry("session.started", { result: "failed", actor: { kind: "nobody", id: null, name: "" } }),
      "A person who is not signed in tried to sign in, but it failed",
    ],
    [entry("member.read", { actor: { kind: "api_key", id: null, name: "Orders" } }), "API key “Orders”: member read"],
    [entry("member.removed", { entity_id: null }), "Mai removed an unknown person from the project"],
  ])("$action $result", (given, shown) => {
    expect(sentenceOf(given, NAMES, t)).toBe(shown);
  });

  it("names deleted users as the log does", () => {
    const removal = entry("member.removed", { entity_id: "ben", changes: { full_name: "Ben" } });
    const before = entry("member.role_changed", {
      entity_id: "ben",
      changes: { role: { from: "agent", to: "manager" } },
    });
    expect(sentenceOf(before, learnt(NAMES, [removal, before]), t)).toBe(
      "Mai changed Ben's role from agent to manager",
    );
  });

  it("has a unique label for every action in the filter", () => {
    const labels = ACTIONS.map((action) => actionLabel(action, t));
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels[0]).toBe("Sign in");
  });

  it("has a text for every action of the filter, in every language", () => {
    for (const action of ACTIONS)
      for (const kind of ["act", "did"]) expect(isKey(`${kind}.${action}`), `${kind}.${action}`).toBe(true);
  });
});

describe("times", () => {
  it("are shown in the user's time zone", () => {
    const at = Date.UTC(2026, 10, 21, 18, 30);
    expect(exactTimeIn(at, "en", "Asia/Bangkok")).toBe("Nov 22, 2026, 1:30 AM");
    expect(exactTimeIn(at, "en", "UTC")).toBe("Nov 21, 2026, 6:30 PM");
  });

  it("have a relative form", () => {
    expect(relativeTime(0, 5 * MINUTE, "en")).toBe("5 minutes ago");
    expect(relativeTime(7 * 24 * 60 * MINUTE, 0, "en")).toBe("in 7 days");
    expect(relativeTime(0, 10, "en")).toBe("now");
    expect(relativeTime(0, 26 * 60 * MINUTE, "vi")).toMatch(/^hôm qua$/i);
  });

  it.each([
    ["2026-11-21", "UTC", 0, "2026-11-21T00:00:00.000Z"],
    ["2026-11-21", "Asia/Bangkok", 0, "2026-11-20T17:00:00.000Z"],
    ["2026-11-21", "America/New_York", 1, "2026-11-22T05:00:00.000Z"],
    ["2026-03-29", "Europe/Berlin", 0, "2026-03-28T23:00:00.000Z"], // daylight saving time changes this night
    ["2026-03-29", "Europe/Berlin", 1, "2026-03-29T22:00:00.000Z"],
  ])("%s in %s, %d days later, begins at %s", (day, zone, later, begins) => {
    expect(new Date(midnight(day, zone, later) ?? 0).toISOString()).toBe(begins);
  });

  it("reject an invalid day", () => {
    expect(midnight("", "UTC")).toBeNull();
  });
});

describe("concurrent changes of another person", () => {
  const mine = DETAILS;

  it("are listed field by field", () => {
    expect(differences(mine, { ...mine, name: "B", domains: ["b.example"], version: 2 }, t)).toEqual([
      "The name is now “B”.",
      "b.example was added to the domains.",
      "a.example was removed from the domains.",
    ]);
  });

  it("may concern no field of this page", () => {
    expect(differences(mine, { ...mine, version: 2 }, t)).toEqual(["The values on this page have not changed."]);
  });
});

test("a late answer does not replace a newer version of the settings", () => {
  const [older, newer] = [1, 2].map((version) => ({ ...DETAILS, version }));
  expect(newest(newer!, older!)).toBe(newer);
  expect(newest(older!, newer!)).toBe(newer);
});

describe("refusals by REST", () => {
  it("have a message, also for unknown codes", () => {
    expect(sentence(new Problem(409, "last_manager", ""), t)).toContain("needs at least one manager");
    expect(sentence(new Problem(418, "teapot", ""), t)).toContain("That did not work");
    expect(sentence(new Problem(429, "rate_limited", "", 90), t)).toContain("in 2 min");
    expect(sentence(new Problem(0, "unreachable", ""), t)).toContain("cannot be reached");
  });

  it("belong to the field, also when they name one of its items", () => {
    expect(["domains[1]", "domains", "changes.name"].map(rootOf)).toEqual(["domains", "domains", "changes"]);
  });
});

test("a picture is cropped to its central square", () => {
  expect(middle(900, 600)).toEqual({ x: 150, y: 0, side: 600 });
  expect(middle(600, 900)).toEqual({ x: 0, y: 150, side: 600 });
});
