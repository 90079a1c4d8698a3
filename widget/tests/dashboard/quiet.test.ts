import { expect, test } from "vitest";

import { isQuiet } from "../../src/dashboard/notifications/quiet";

const NONE = { quiet_hours: null, quiet_days: [], muted_until: null, timezone: "UTC" };
const NIGHT = { ...NONE, quiet_hours: { since: "22:00", until: "07:00" } };

// The cases of tests/unit/core/test_notifications.py, in UTC.
test.each([
  [{ ...NIGHT, timezone: "Asia/Ho_Chi_Minh" }, "2026-03-02T14:59:59Z", false],
  [{ ...NIGHT, timezone: "Asia/Ho_Chi_Minh" }, "2026-03-02T15:00:00Z", true],
  [{ ...NIGHT, timezone: "Asia/Ho_Chi_Minh" }, "2026-03-02T23:59:59Z", true],
  [{ ...NIGHT, timezone: "Asia/Ho_Chi_Minh" }, "2026-03-03T00:00:00Z", false],
  [{ ...NIGHT, timezone: "Europe/Berlin" }, "2026-03-28T21:30:00Z", true],
  [{ ...NIGHT, timezone: "Europe/Berlin" }, "2026-03-29T04:30:00Z", true],
  [{ ...NIGHT, timezone: "Europe/Berlin" }, "2026-03-29T05:30:00Z", false],
  [{ ...NONE, quiet_hours: { since: "12:00", until: "13:00" } }, "2026-03-02T12:30:00Z", true],
  [{ ...NONE, quiet_days: [5, 6], timezone: "America/New_York" }, "2026-03-07T05:00:00Z", true],
  [{ ...NONE, quiet_days: [5, 6], timezone: "America/New_York" }, "2026-03-09T04:00:00Z", false],
  [{ ...NIGHT, timezone: "Mars/Phobos" }, "2026-03-02T23:00:00Z", true],
  [NONE, "2026-03-02T03:00:00Z", false],
])("%o at %s: %s", (preferences, at, quiet) => {
  expect(isQuiet(preferences, Date.parse(at))).toBe(quiet);
});

test("muting ends by itself", () => {
  expect(isQuiet({ ...NONE, muted_until: 1000 }, 999)).toBe(true);
  expect(isQuiet({ ...NONE, muted_until: 1000 }, 1000)).toBe(false);
});
