/** The files of a message. Pure. */

import type { Content } from "../wire/frames";

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly media_type: string;
  readonly size: number; // bytes
  // Of an image, in pixels, as it is shown.
  readonly width?: number;
  readonly height?: number;
  readonly thumbnail?: boolean;
}

export interface Attached {
  readonly files: readonly StoredFile[];
  /** Otherwise the body is only the names of the files. */
  readonly captioned: boolean;
}

/** null: the content is another one, or of a later form. */
export function attachedOf(content: Content | null | undefined): Attached | null {
  const { type, files, captioned } = content ?? {};
  if (type !== "attachment" || !Array.isArray(files) || !files.length || !files.every(isFile)) return null;
  return { files, captioned: captioned === true };
}

function isFile(value: unknown): value is StoredFile {
  const { id, name, media_type, size } = (value ?? {}) as Record<string, unknown>;
  return [id, name, media_type].every((text) => typeof text === "string") && typeof size === "number";
}

/** The content of a message with these files, as the server makes it. */
export function contentOf(files: readonly StoredFile[], caption: string): Content {
  return { type: "attachment", files, ...(caption && { captioned: true }) };
}

/** The body of a message without a caption. */
export const namesOf = (files: readonly StoredFile[]): string => files.map(({ name }) => name).join(", ");

/** The size of a thumbnail whose longer side is at most `most`; null: the file is shown by its name. The space is
 *  reserved with it before the picture is there. */
export function thumbnailSize({ thumbnail, width, height }: StoredFile, most: number) {
  if (!thumbnail || !width || !height) return null;
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Whether it is shown as a picture. */
export const isPicture = (file: StoredFile): boolean => thumbnailSize(file, 1) !== null;

const UNITS = ["byte", "kilobyte", "megabyte"];

/** "482 kB", in the language of `locale`. */
export function sizeText(bytes: number, locale: string): string {
  const power = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: UNITS[power]!,
    unitDisplay: power ? "short" : "long",
    maximumFractionDigits: power > 1 ? 1 : 0,
  }).format(bytes / 1_000 ** power);
}
