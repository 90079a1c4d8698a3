/** Normalises a language tag of the browser for Intl: some browsers give `en-US@posix` or `en_US`, for which Intl
 *  throws. */

const FALLBACK = "en";

export function localeTag(tag: string): string {
  try {
    return new Intl.Locale(tag.replace(/[.@].*/, "").replace(/_/g, "-")).baseName;
  } catch {
    return FALLBACK;
  }
}
