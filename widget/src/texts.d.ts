/** What build/texts.mjs makes of folders of texts. */

declare module "texts:*" {
  /** By language, without English. */
  export const others: Readonly<Record<string, () => Promise<{ readonly texts: Readonly<Record<string, string>> }>>>;
}
