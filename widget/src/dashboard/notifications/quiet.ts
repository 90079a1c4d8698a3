/** Whether nothing may disturb the agent: the same rule as core/notifications/preferences.py. */

import type { NotificationPreferences } from "../../rest/types";

type Quiet = Pick<NotificationPreferences, "quiet_hours" | "quiet_days" | "muted_until" | "timezone">;

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** `now` in ms since the epoch. Times are of the wall clock in the zone of the profile. */
export function isQuiet(given: Quiet, now: number): boolean {
  if (given.muted_until !== null && now < given.muted_until) return true;
  const { day, minute } = local(given.timezone, now);
  if (given.quiet_days.includes(day)) return true;
  if (given.quiet_hours === null) return false;
  const [since, until] = [minutes(given.quiet_hours.since), minutes(given.quiet_hours.until)];
  return since < until ? since <= minute && minute < until : minute >= since || minute < until;
}

function local(timezone: string, now: number): { readonly day: number; readonly minute: number } {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(now)
      .map(({ type, value }) => [type, value]),
  );
  return {
    day: DAYS.indexOf(parts.get("weekday") ?? ""),
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
  };
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const options = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  try {
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone: timezone });
  } catch {
    return new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" }); // a zone that this browser does not know
  }
}

function minutes(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(":").map(Number);
  return hour * 60 + minute;
}
