/** The files of a message. */

import { expect, test } from "vitest";
import { attachedOf, contentOf, isPicture, namesOf, sizeText, thumbnailSize } from "../../src/attachments/files";

const FILE = { id: "f", name: "a.png", media_type: "image/png", size: 5, width: 1200, height: 600, thumbnail: true };

test("the content of a message is read again as it was made", () => {
  expect(attachedOf(contentOf([FILE], ""))).toEqual({ files: [FILE], captioned: false });
  expect(attachedOf(contentOf([FILE], "look"))).toEqual({ files: [FILE], captioned: true });
  expect(namesOf([FILE, { ...FILE, name: "b.png" }])).toBe("a.png, b.png");
});

test("content of another or a later form has no files that can be shown", () => {
  const later = { ...FILE, name: [] };
  for (const content of [null, undefined, {}, { type: "attachment" }, { type: "attachment", files: [] }])
    expect(attachedOf(content)).toBeNull();
  expect(attachedOf({ type: "attachment", files: [FILE, later] })).toBeNull();
  expect(attachedOf({ type: "form_request", files: [FILE] })).toBeNull();
});

test("a thumbnail keeps the shape of its picture, and has at least one pixel", () => {
  expect(thumbnailSize(FILE, 400)).toEqual({ width: 400, height: 200 });
  expect(thumbnailSize({ ...FILE, width: 40, height: 20 }, 400)).toEqual({ width: 40, height: 20 });
  expect(thumbnailSize({ ...FILE, width: 9_000, height: 3 }, 400)).toEqual({ width: 400, height: 1 });
  expect(thumbnailSize({ ...FILE, thumbnail: false }, 400)).toBeNull();
  expect([isPicture(FILE), isPicture({ ...FILE, width: 0 })]).toEqual([true, false]);
});

test("sizes are read in the language", () => {
  expect(sizeText(1, "en")).toBe("1 byte");
  expect(sizeText(482_133, "en")).toBe("482 kB");
  expect(sizeText(2_450_000, "en")).toBe("2.5 MB");
  expect(sizeText(2_450_000, "vi")).toBe("2,5 MB");
});
