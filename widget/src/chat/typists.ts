/** Hop 9: the agents who are typing. Part of the open window, not of the first load: nothing else shows them. */

import type { ServerTypingFrame } from "../wire/frames";
import type { Chat } from "./chat";

const TYPING_EXPIRY = 6_000; // ms

export function typing(chat: Chat, { conversation, who, on }: ServerTypingFrame): void {
  if (who.party === "visitor") return;
  const typist = { id: who.id, name: who.name };
  chat.dispatch((state) => {
    if (state.conversation?.id !== conversation) return state;
    const others = state.typing.filter(({ id }) => id !== who.id);
    return { ...state, typing: on ? [...others, typist] : others };
  });
  // A later signal has put another object in its place, with a timer of its own.
  chat.parts.platform.after(TYPING_EXPIRY, () =>
    chat.dispatch((state) => ({ ...state, typing: state.typing.filter((one) => one !== typist) })),
  );
}
