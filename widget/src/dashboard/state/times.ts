/** Formats times in the user's language. Pure: the caller passes `now`. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface TimeTexts {
  readonly now: string;
  readonly minutes: string; // with {n}
  readonly hours: string;
  readonly today: string;
  readonly yesterday: string;
}

/** For a row of the list: "now", "5m", "3h", then a weekday, then a date. */
export function ago(at: number, now: number, language: string, words: TimeTexts): string {
  const age = now - at;
  if (age < MINUTE) return words.now;
  if (age < HOUR) return words.minutes.replace("{n}", String(Math.floor(age / MINUTE)));
  if (daysBetween(at, now) === 0) return words.hours.replace("{n}", String(Math.floor(age / HOUR)));
  if (daysBetween(at, now) === 1) return words.yesterday;
  if (age < 6 * DAY) return formatter(language, "weekday").format(at);
  return formatter(language, sameYear(at, now) ? "date" : "date with year").format(at);
}

/** For the separator between two days of a conversation. */
export function dayName(at: number, now: number, language: string, words: TimeTexts): string {
  const days = daysBetween(at, now);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  return formatter(language, sameYear(at, now) ? "day" : "day with year").format(at);
}

export function clock(at: number, language: string): string {
  return formatter(language, "clock").format(at);
}

/** For tooltips and screen readers. */
export function exactly(at: number, language: string): string {
  return formatter(language, "all").format(at);
}

/** Calendar days, not spans of 24 hours: 23:59 was yesterday at 00:01. */
export function daysBetween(at: number, now: number): number {
  const start = (time: number): number => {
    const date = new Date(time);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((start(now) - start(at)) / DAY);
}

function sameYear(at: number, now: number): boolean {
  return new Date(at).getFullYear() === new Date(now).getFullYear();
}

const SHAPES = {
  weekday: { weekday: "short" },
  date: { day: "numeric", month: "short" },
  "date with year": { day: "numeric", month: "short", year: "numeric" },
  day: { weekday: "long", day: "numeric", month: "long" },
  "day with year": { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  clock: { timeStyle: "short" },
  all: { dateStyle: "medium", timeStyle: "short" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

// A formatter costs about 50 µs and a list needs hundreds, so they are cached.
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(language: string, shape: keyof typeof SHAPES): Intl.DateTimeFormat {
  const key = `${language} ${shape}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const fresh = new Intl.DateTimeFormat(language, SHAPES[shape]);
  made.set(key, fresh);
  return fresh;
}
