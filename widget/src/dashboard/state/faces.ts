/** Initials and a colour of one's own from an id: the same on every screen. */

import { initials } from "../../ui/initials";

export const HUES = 10; // classes hue-0 … hue-9 in styles/parts.css

export function hueOf(id: string): number {
  let sum = 0x811c9dc5; // FNV-1a
  for (let at = 0; at < id.length; at++) sum = Math.imul(sum ^ id.charCodeAt(at), 0x01000193) >>> 0;
  return (sum >>> 8) % HUES;
}

export function initialsOf(name: string): string {
  const anonymous = /#([0-9a-f]{2})/i.exec(name);
  if (anonymous?.[1] !== undefined) return anonymous[1].toUpperCase();
  return initials(name) || "?";
}
