/** A post while it is edited by hand, and what the edit changes. Pure. */

import type { PostChange } from "../api";
import { LIMITS, lengthOn, MAX_HASHTAGS, MAX_SEGMENTS, type Platform, PLATFORMS } from "../model/lengths";
import type { Post } from "../model/rest";

export interface PostDraft {
  readonly segments: readonly string[];
  readonly hashtags: string; // as typed, with spaces between
  readonly visual: string;
}

export type Fault = "empty" | "hashtag" | "hashtags";

export function isPlatform(word: string): word is Platform {
  return (PLATFORMS as readonly string[]).includes(word);
}

export function draftOf(post: Post): PostDraft {
  return { segments: post.segments, hashtags: post.hashtags.join(" "), visual: post.visual };
}

export function hashtagsOf(typed: string): readonly string[] {
  return typed
    .split(/[\s,]+/)
    .filter((one) => one !== "")
    .map((one) => (one.startsWith("#") ? one : `#${one}`));
}

/** Only the fields that differ from the post; null: nothing does. */
export function changeOf(post: Post, draft: PostDraft): PostChange | null {
  const hashtags = hashtagsOf(draft.hashtags);
  const change = {
    ...(same(post.segments, draft.segments) ? {} : { segments: draft.segments }),
    ...(same(post.hashtags, hashtags) ? {} : { hashtags }),
    ...(post.visual === draft.visual.trim() ? {} : { visual: draft.visual.trim() }),
  };
  return Object.keys(change).length === 0 ? null : change;
}

/** What keeps it from being saved. Too long is no fault: a warning stays at the draft. */
export function faultOf(platform: string, draft: PostDraft): Fault | null {
  if (draft.segments.length === 0 || draft.segments.some((one) => one.trim() === "")) return "empty";
  const hashtags = hashtagsOf(draft.hashtags);
  if (hashtags.some((one) => !/^#[\p{L}\p{N}\p{M}_]*[\p{L}\p{M}_][\p{L}\p{N}\p{M}_]*$/u.test(one))) return "hashtag";
  return isPlatform(platform) && hashtags.length > MAX_HASHTAGS[platform] ? "hashtags" : null;
}

/** How long a segment is, and how long it may be; null: the network is not known here. */
export function countOf(platform: string, text: string): { readonly n: number; readonly limit: number } | null {
  return isPlatform(platform) ? { n: lengthOn(platform, text), limit: LIMITS[platform] } : null;
}

export function canAddSegment(platform: string, draft: PostDraft): boolean {
  return platform === "x" && draft.segments.length < MAX_SEGMENTS;
}

/** What is pasted into the network, by segment: the hashtags end the last one, so they count there. */
export function pasted({ segments, hashtags }: Pick<Post, "segments" | "hashtags">): readonly string[] {
  if (hashtags.length === 0) return segments;
  return segments.map((text, at) => (at === segments.length - 1 ? `${text}\n\n${hashtags.join(" ")}` : text));
}

export function wholeText(post: Post): string {
  return pasted(post).join("\n\n");
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}
