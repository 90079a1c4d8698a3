/** Initials and a colour of one's own from an id: the same on every screen. */

export const HUES = 10; // classes avatar-0 … avatar-9 in styles/avatar.css

export function hueOf(id: string): number {
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum = (sum * 31 + id.charCodeAt(at)) >>> 0;
  return sum % HUES;
}

export function initialsOf(name: string): string {
  const anonymous = /#([0-9a-f]{2})/i.exec(name);
  if (anonymous?.[1] !== undefined) return anonymous[1].toUpperCase();
  const words = name.trim().split(/\s+/).filter((word) => word !== "");
  const first = [...(words[0] ?? "?")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}
