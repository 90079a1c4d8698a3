/** Formats times in the user's time zone, exact and relative. Pure: the caller passes `now`. */

const MINUTE = 60_000;
const UNITS = [
  ["year", 365 * 24 * 60 * MINUTE],
  ["month", 30 * 24 * 60 * MINUTE],
  ["day", 24 * 60 * MINUTE],
  ["hour", 60 * MINUTE],
  ["minute", MINUTE],
] as const;

/** "21 Nov 2026, 12:43" in `zone`; in the browser's zone when `zone` is unknown. */
export function exactTimeIn(at: number, language: string, zone: string): string {
  return formatter(language, zone, { dateStyle: "medium", timeStyle: "short" }).format(at);
}

export function dateIn(at: number, language: string, zone: string): string {
  return formatter(language, zone, { dateStyle: "medium" }).format(at);
}

/** "3 minutes ago", "in 6 days", "now". */
export function relativeTime(at: number, now: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const span = at - now;
  for (const [unit, length] of UNITS) {
    if (Math.abs(span) >= length) return format.format(Math.trunc(span / length), unit);
  }
  return format.format(0, "second");
}

/** Midnight of a day like "2026-11-21" in `zone`, in ms; null for an invalid day. `later`: days to add. */
export function midnight(day: string, zone: string, later = 0): number | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (found === null) return null;
  const utc = Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3]) + later);
  // The offset of the zone at that time; computed twice, because the first result is off by the offset itself.
  const first = utc - offset(utc, zone);
  return utc - offset(first, zone);
}

/** How far `zone` is ahead of UTC at that time, ms. */
function offset(at: number, zone: string): number {
  const parts = formatter("en-US", zone, {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second")) - at;
}

const made = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, zone: string, shape: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${JSON.stringify(shape)}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  let fresh: Intl.DateTimeFormat;
  try {
    fresh = new Intl.DateTimeFormat(language, { ...shape, timeZone: zone });
  } catch {
    fresh = new Intl.DateTimeFormat(language, shape);
  }
  made.set(key, fresh);
  return fresh;
}
