/** English texts of screenshots, loaded with them. */

export const en = {
  take: "Screenshot",
  again: "Take again",
  retry: "Try again",
  taking: "Taking a screenshot…",
  enlarge: "Enlarge the screenshot",
  close: "Close",
  title: "Screenshot of {page}",
  note: "This is what a stranger sees: not signed in, without the visitor's cart or what they have typed.",
  taken: "Taken {time}",
  off: "This server cannot take screenshots.",
  "problem.no_page": "It is not known which page of your domains the visitor is looking at.",
  "problem.page_unreachable": "The page cannot be reached from the internet.",
  "problem.page_too_slow": "The page took too long to load.",
  "problem.page_not_shown": "This page cannot be shown as a picture.",
  "problem.page_crashed": "The page stopped the browser that opened it.",
  "problem.screenshots_off": "This server cannot take screenshots.",
  "problem.screenshots_busy": "Other screenshots are being taken. Try again in a few seconds.",
  "problem.rate_limited": "Your project has used its screenshots for this hour.",
  "problem.away": "The server cannot be reached. Check your connection and try again.",
  "problem.other": "That did not work. Try again.",
} as const;

export type Texts = Readonly<Record<keyof typeof en, string>>;
