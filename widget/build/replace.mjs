/** Replaces the previous build. Pages and caches still refer to its hashed files: they are kept for a while, so that a
 *  `widget.js` that was cached yesterday finds its parts. */

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export const KEPT = 30 * 24 * 3600 * 1000; // ms that a file is kept after the last build that contained it
export const MAX_KEPT = 300; // files; beyond it, those that were replaced first are removed first

const HASHED = /-[A-Za-z0-9_]{6,}\.(js|css)$/;
const REPLACED = ".replaced.json"; // name → time of the first build without it (ms)

/** `files`: name → bytes, the manifest included. */
export async function replaceBuild(folder, files, now) {
  await mkdir(folder, { recursive: true });
  const before = await readReplaced(join(folder, REPLACED));
  const replaced = {};
  for (const name of await readdir(folder)) {
    if (name.startsWith(".") || files.has(name)) continue;
    if (HASHED.test(name)) replaced[name] = before[name] ?? now;
    else await rm(join(folder, name), { recursive: true });
  }
  const newestFirst = Object.entries(replaced).sort(([, one], [, other]) => other - one);
  for (const [index, [name, since]] of newestFirst.entries()) {
    if (index < MAX_KEPT && now - since <= KEPT) continue;
    delete replaced[name];
    await rm(join(folder, name));
  }
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, REPLACED), `${JSON.stringify(replaced, null, 2)}\n`);
}

async function readReplaced(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return {}; // the first build here, or an interrupted one: all files count as replaced now
  }
}
