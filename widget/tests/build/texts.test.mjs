/** A language is added to the dashboard by adding files: nothing else is changed. */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { languagesOf } from "../../build/texts.mjs";

const WIDGET = join(import.meta.dirname, "../..");
let copy;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "language-"));
  const widget = join(copy, "widget");
  await mkdir(widget);
  for (const name of ["src", "build", "build.mjs", "package.json", "tsconfig.json"])
    await cp(join(WIDGET, name), join(widget, name), { recursive: true });
  await cp(join(WIDGET, "../pyproject.toml"), join(copy, "pyproject.toml"));
  await symlink(join(WIDGET, "node_modules"), join(widget, "node_modules"));
  const texts = `export const xx = { restoring: "Xopening…" };\n`;
  await writeFile(join(widget, "src/dashboard/texts/inbox/xx.ts"), texts);
  await promisify(execFile)(process.execPath, ["build.mjs"], { cwd: widget });
}, 60_000);
afterAll(() => rm(copy, { recursive: true }));

test("one file is one more chunk, which the inbox loads when the language is chosen", async () => {
  const dist = join(copy, "widget/dist");
  const names = await readdir(dist);
  const chunks = names.filter((name) => name.startsWith("dashboard-xx-"));
  expect(chunks).toHaveLength(1);
  const { "dashboard.js": main, "dashboard.first": first } = JSON.parse(await readFile(join(dist, "manifest.json")));
  const inbox = await Promise.all([main, ...first.split(" ")].map((name) => readFile(join(dist, name), "utf8")));
  expect(inbox.join("")).toContain(chunks[0]);
  expect(inbox.join("")).not.toContain("Xopening");
  expect(await readFile(join(dist, chunks[0]), "utf8")).toContain("Xopening");
});

test("English is no file of its own", () => {
  expect(languagesOf([join(WIDGET, "src/dashboard/texts/inbox"), join(WIDGET, "src/dashboard/notes/texts")])).toEqual([
    "vi",
  ]);
});
