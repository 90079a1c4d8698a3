/** Which files can be imported: by the ending of their name, as the server decides too. Pure. */

import type { FileType } from "../../../knowledge/api";

const MAX_BYTES = 10 * 1024 * 1024;

const TYPES: Readonly<Record<string, FileType>> = {
  ".md": "text/markdown",
  ".markdown": "text/markdown",
  ".html": "text/html",
  ".htm": "text/html",
  ".txt": "text/plain",
  ".pdf": "application/pdf",
};

export const ENDINGS = Object.keys(TYPES);

export type FileFault = "missing" | "empty" | "large" | "kind";

/** The media type to send it with; null: it cannot be imported. */
export function typeOf(name: string): FileType | null {
  return TYPES[/\.[^.]*$/.exec(name.toLowerCase())?.[0] ?? ""] ?? null;
}

export function faultOf(file: Pick<File, "name" | "size"> | null): FileFault | null {
  if (file === null) return "missing";
  if (typeOf(file.name) === null) return "kind";
  if (file.size === 0) return "empty";
  return file.size > MAX_BYTES ? "large" : null;
}
