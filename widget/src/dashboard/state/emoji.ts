/** Detects texts that are only a few emoji: they are shown larger. */

const MAX_EMOJI = 3;
const EMOJI = String.raw`(?:\p{RI}\p{RI}|\p{Emoji_Presentation}|\p{Emoji}\uFE0F)\p{EMod}?(?:\u200D\p{Emoji}\uFE0F?\p{EMod}?)*`;
const ONLY_EMOJI = new RegExp(`^(?:${EMOJI}\\s*){1,${MAX_EMOJI}}$`, "u");
const MAX_LENGTH = 60; // UTF-16 units: a family with skin tones has 20; longer texts are not checked

export function onlyEmoji(text: string): boolean {
  return text.length <= MAX_LENGTH && ONLY_EMOJI.test(text.trim());
}
