/** Normalises a language tag of the browser for Intl: some browsers give `en-US@posix` or `en_US`, for which Intl
 *  throws. */

const FALLBACK = "en";
const PLAIN = /^[a-z]{2,3}(-[a-z\d]{2,8})*/i;

export function localeTag(tag: string): string {
  try {
    return Intl.getCanonicalLocales(PLAIN.exec(tag.replace(/_/g, "-"))?.[0])[0] ?? FALLBACK;
  } catch {
    return FALLBACK;
  }
}
