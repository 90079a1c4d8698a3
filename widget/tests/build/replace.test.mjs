/** Replacing a build: which files of previous builds are kept. */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KEPT, MAX_KEPT, replaceBuild } from "../../build/replace.mjs";

let folder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dist-"));
});
afterEach(() => rm(folder, { recursive: true }));

const built = (now, ...names) =>
  replaceBuild(folder, new Map([...names, "widget.js", "manifest.json"].map((name) => [name, `${name} ${now}`])), now);
const here = async () => (await readdir(folder)).filter((name) => name.startsWith("embed-")).sort();

test("a file of the previous build is kept for thirty days after it was replaced", async () => {
  await built(0, "embed-aaaaaaaaaaaa.js");
  await built(KEPT * 2, "embed-bbbbbbbbbbbb.js");
  await built(KEPT * 3, "embed-cccccccccccc.js");
  expect(await here()).toEqual(["embed-aaaaaaaaaaaa.js", "embed-bbbbbbbbbbbb.js", "embed-cccccccccccc.js"]);
  await built(KEPT * 3 + 1, "embed-cccccccccccc.js");
  expect(await here()).toEqual(["embed-bbbbbbbbbbbb.js", "embed-cccccccccccc.js"]);
  expect(await readFile(join(folder, "widget.js"), "utf8")).toBe(`widget.js ${KEPT * 3 + 1}`);
});

test("a file that comes back belongs to the build again", async () => {
  await built(0, "embed-aaaaaaaaaaaa.js");
  await built(1, "embed-bbbbbbbbbbbb.js");
  await built(KEPT, "embed-aaaaaaaaaaaa.js");
  await built(KEPT * 2, "embed-bbbbbbbbbbbb.js");
  expect(await here()).toEqual(["embed-aaaaaaaaaaaa.js", "embed-bbbbbbbbbbbb.js"]);
});

test("a file without a hash is removed with its build, and dotfiles stay", async () => {
  await writeFile(join(folder, "sound.mp3"), "");
  await writeFile(join(folder, ".stamp"), "");
  await built(0, "embed-aaaaaaaaaaaa.js");
  expect((await readdir(folder)).sort()).toEqual([
    ".replaced.json",
    ".stamp",
    "embed-aaaaaaaaaaaa.js",
    "manifest.json",
    "widget.js",
  ]);
});

test("only the newest files are kept, up to the limit", async () => {
  const name = (number) => `embed-${String(number).padStart(12, "0")}.js`;
  for (let number = 0; number < MAX_KEPT + 5; number++) await built(number, name(number));
  expect(await here()).toEqual(Array.from({ length: MAX_KEPT + 1 }, (_, index) => name(index + 4)));
});
