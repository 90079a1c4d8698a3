/** The texts of the search, in English. */

export const en = {
  title: "Search messages, visitors and notes",
  field: "Search messages, visitors and notes",
  hint: "Type words, beginnings of words, a name or an email address.",
  "hint.more": "Accents and capitals make no difference. Words in quotes are found next to each other.",
  messages: "Messages",
  visitors: "Visitors",
  notes: "Notes",
  busy: "Searching…",
  none: "Nothing found for “{text}”",
  "none.lead": "Results contain every word. Try fewer words, or only the beginning of one.",
  found: "{n} results are shown",
  "found.one": "1 result is shown",
  more: "Show more",
  "more.messages": "Show more messages",
  "more.visitors": "Show more visitors",
  "more.notes": "Show more notes",
  failed: "This part could not be searched.",
  retry: "Try again",
  close: "Close the search",
  about: "about the visitor",
} as const;
