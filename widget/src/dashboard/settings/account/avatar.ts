/** Crops a picture file to a square of 256 × 256 pixels and compresses it to REST's limit. */

const SIDE = 256; // pixels
const MAX_BYTES = 48_000; // bytes, the limit of REST
const QUALITIES = [0.9, 0.8, 0.65, 0.5, 0.35];

export interface Avatar {
  readonly media_type: "image/webp" | "image/jpeg";
  readonly image: string; // base64
}

/** The browser cannot decode the file as an image. */
export class NoPicture extends Error {}

export async function avatarOf(file: Blob): Promise<Avatar> {
  let picture: ImageBitmap;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new NoPicture("not a picture");
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (context === null) throw new NoPicture("no canvas");
  context.fillStyle = "#fff"; // white background for transparent parts: JPEG would make them black
  context.fillRect(0, 0, SIDE, SIDE);
  const { x, y, side } = middle(picture.width, picture.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, x, y, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  for (const quality of QUALITIES) {
    const blob = await encoded(canvas, quality);
    if (blob !== null && blob.size <= MAX_BYTES)
      return { media_type: blob.type as Avatar["media_type"], image: await base64(blob) };
  }
  throw new NoPicture("does not get small enough");
}

/** The largest square in the middle. */
export function middle(
  width: number,
  height: number,
): { readonly x: number; readonly y: number; readonly side: number } {
  const side = Math.min(width, height);
  return { x: (width - side) / 2, y: (height - side) / 2, side };
}

/** WebP where the browser can encode it; other browsers would return PNG, which is too large, so they use JPEG. */
async function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  const blob = await blobOf(canvas, "image/webp", quality);
  return blob?.type === "image/webp" ? blob : blobOf(canvas, "image/jpeg", quality);
}

function blobOf(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, type, quality));
}

async function base64(blob: Blob): Promise<string> {
  let text = "";
  for (const byte of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(byte);
  return btoa(text);
}
