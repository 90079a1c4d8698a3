/** All texts for visitors, in English: those of the first load and those of the window. The build makes one of each for
 *  every file of this folder. */

const closeChat = "Close chat";
const characters = (count: number) => `${count} character${count === 1 ? "" : "s"}`;

export const launcherTexts = {
  openChat: "Open chat",
  closeChat,
  unread: (count: number) => (count === 1 ? "1 new message" : `${count} new messages`),
  partFailed: "The chat could not be loaded. Please try again.",
};

export const windowTexts = {
  closeChat,
  chat: "Chat",
  online: "We’re online",
  away: "We’ll reply as soon as we can",
  withYou: (name: string) => `${name} is helping you`,
  emptyTitle: "How can we help?",
  emptyOnline: "Ask us anything.",
  emptyAway: "Leave a message. You’ll find our answer here when you return.",
  placeholder: "Write a message…",
  message: "Message",
  attach: "Attach files",
  send: "Send",
  today: "Today",
  yesterday: "Yesterday",
  you: "You",
  agent: "Support",
  assistant: "Assistant",
  ai: "AI",
  removed: "Message removed",
  edited: "edited",
  stopped: "stopped",
  newer: "Reload the page to see this message.",
  sending: "Sending…",
  sent: "Sent",
  read: "Read",
  failed: "Not sent",
  blocked: "Not sent: you are blocked",
  retry: "Try again",
  discard: "Discard",
  typing: (name: string) => `${name} is typing`,
  newMessages: "New messages",
  toEnd: "Go to the newest message",
  olderFailed: "Earlier messages could not be loaded.",
  loadingOlder: "Loading earlier messages…",
  connecting: "Connecting…",
  offline: "You’re offline. What you write is kept and sent later.",
  lost: "Connection lost. What you write is kept and sent when it returns.",
  unavailable: "This chat is not available right now.",
  solved: "This conversation was closed. Write to open it again.",
  tooFast: "That’s a lot of messages. Please wait a moment.",
  seconds: (count: number) => `${count} s`,
  left: (count: number) => `${characters(count)} left`,
  over: (count: number) => `${characters(count)} too many`,
};

export type LauncherTexts = typeof launcherTexts;
export type WindowTexts = typeof windowTexts;
