/** Avatars: initials from a name and a colour from an id, the same on every screen. */

import { initials } from "../../ui/initials";

export const HUES = 10; // classes hue-0 … hue-9 in styles/parts.css

export function hueOf(id: string): number {
  return (hashOf(id) >>> 8) % HUES;
}

/** FNV-1a, 32 bits. */
export function hashOf(id: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) sum = Math.imul(sum ^ id.charCodeAt(at), 0x01000193) >>> 0;
  return sum;
}

export function initialsOf(name: string): string {
  const anonymous = /#([0-9a-f]{2})/i.exec(name);
  if (anonymous?.[1] !== undefined) return anonymous[1].toUpperCase();
  return initials(name.replace(/(?<=\S)\s+\d+$/, "")) || "?"; // "Azure Deer 28" is the second of that name
}
