/** The initials for a person without a picture. */

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const signs = [words[0], words.length > 1 ? words[words.length - 1] : ""].map(
    (word) => Array.from(word ?? "")[0] ?? "",
  );
  return signs.join("").toUpperCase();
}
