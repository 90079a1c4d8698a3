/** What REST says about the copilot. */

import type {
  CopilotMessage,
  CopilotPreferences,
  CopilotSession,
  Id,
  Social as ReceivedSocial,
  SocialDraft,
  SocialDraftVersion,
  SocialPost,
  SocialWarning,
} from "../../../rest/types";

export type { Id };

/** What the program may ask for by name; without one, the server finds it out. */
export type Intent = "draft_reply" | "ask" | "summarise" | "translate" | "rewrite" | "social_create" | "social_edit";

export type Session = CopilotSession;
export type Message = Omit<CopilotMessage, "role"> & { readonly role: string }; // a later server may have others
export type Post = SocialPost;
export type PostWarning = SocialWarning;

/** By network: a later server may have others. */
export type Social = Omit<ReceivedSocial, "posts"> & { readonly posts: Readonly<Record<string, Post | undefined>> };
export type Draft = Omit<SocialDraft, "social" | "state"> & { readonly social: Social; readonly state: string };
export type DraftVersion = Omit<SocialDraftVersion, "social"> & { readonly social: Social };
export type Preferences = { readonly [Field in keyof CopilotPreferences]: Field extends "version" ? number : string };

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}
