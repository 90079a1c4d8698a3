/** Makes a logo of a picture, in the browser. */

const SIDE = 128; // px

/** A square PNG with the whole picture in its middle; rejects when the browser cannot show the file. */
export async function smallPng(picture: Blob): Promise<Blob> {
  const image = new Image();
  const reader = new FileReader();
  await new Promise((done, failed) => {
    reader.onload = done;
    reader.onerror = failed;
    reader.readAsDataURL(picture); // the page's policy allows data: and no blob:
  });
  image.src = reader.result as string;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  // An SVG may have no size of its own.
  const scale = width && height ? Math.min(SIDE / width, SIDE / height) : 1;
  const [wide, high] = width && height ? [width * scale, height * scale] : [SIDE, SIDE];
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.getContext("2d")?.drawImage(image, (SIDE - wide) / 2, (SIDE - high) / 2, wide, high);
  return new Promise((done, failed) =>
    canvas.toBlob((made) => (made ? done(made) : failed(new Error("no PNG"))), "image/png"),
  );
}
