/** How long a post is, as its network counts it: the server's rules (core/copilot/social.py) again, for the counters. */

export const PLATFORMS = ["x", "linkedin", "facebook", "instagram"] as const;

export type Platform = (typeof PLATFORMS)[number];

export const LIMITS: Readonly<Record<Platform, number>> = {
  x: 280,
  linkedin: 3_000,
  facebook: 2_000,
  instagram: 2_200,
};
export const MAX_HASHTAGS: Readonly<Record<Platform, number>> = { x: 5, linkedin: 10, facebook: 10, instagram: 30 };
export const MAX_SEGMENTS = 25; // of a thread

const URL_WEIGHT = 23;
const URLS = /https?:\/\/[^\s<>"]+/g;
// Twitter's configuration v3: these count as one, everything else as two.
const LIGHT = [
  [0x0, 0x10ff],
  [0x2000, 0x200d],
  [0x2010, 0x201f],
  [0x2032, 0x2037],
] as const;
const JOINER = 0x200d;

export function lengthOn(platform: string, text: string): number {
  return platform === "x" ? weight(text) : [...text].length;
}

/** The length of a segment as X counts it: URLs 23, wide characters and emoji 2. */
export function weight(given: string): number {
  const text = given.normalize("NFC");
  let total = 0;
  let at = 0;
  for (const found of text.matchAll(URLS)) {
    total += weightOfText(text.slice(at, found.index)) + URL_WEIGHT;
    at = found.index + found[0].length;
  }
  return total + weightOfText(text.slice(at));
}

function weightOfText(text: string): number {
  let total = 0;
  let joined = false;
  for (const point of text) {
    const code = point.codePointAt(0) ?? 0;
    if (code === JOINER)
      joined = true; // of an emoji that is made of several: it counts as one
    else if (code === 0xfe0f || (code >= 0x1f3fb && code <= 0x1f3ff))
      continue; // a form or a colour of the one before
    else if (joined) joined = false;
    else total += LIGHT.some(([low, high]) => low <= code && code <= high) ? 1 : 2;
  }
  return total;
}
