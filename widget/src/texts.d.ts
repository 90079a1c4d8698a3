/** What build/texts.mjs makes of folders of texts. */

declare module "languages:*" {
  /** English first. */
  export const languages: readonly string[];
}

declare module "texts:*" {
  /** By language, without English. */
  export const others: Readonly<Record<string, () => Promise<{ readonly texts: Readonly<Record<string, string>> }>>>;
}
