/** The texts of the emoji picker in English. */

export const en = {
  label: "Emoji",
  search: "Find an emoji",
  none: "No emoji has this name. Try another word.",
  found: "{n} emoji. Choose one with the arrow keys, insert it with Enter.",
  recent: "Used last",
  all: "All emoji",
};

export type Key = keyof typeof en;
export type Texts = Readonly<Record<Key, string>>;
