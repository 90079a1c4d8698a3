/** "2 minutes ago", in the agent's language. */

import { useLanguage, useNow } from "../views/hooks";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function useAgo(): (at: number) => string {
  const language = useLanguage();
  const now = useNow();
  return (at) => agoIn(Math.max(0, now - at), language);
}

export function agoIn(age: number, language: string): string {
  const said = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (age < MINUTE) return said.format(0, "second");
  if (age < HOUR) return said.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return said.format(-Math.floor(age / HOUR), "hour");
  return said.format(-Math.floor(age / DAY), "day");
}
