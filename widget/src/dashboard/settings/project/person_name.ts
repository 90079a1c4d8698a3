/** Whoever did something, as REST names them: a text, a person, or nobody who is still known. */

export function personName(person: string | { readonly full_name: string } | null): string {
  return person === null ? "" : typeof person === "string" ? person : person.full_name;
}
