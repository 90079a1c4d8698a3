/** Builds what browsers load into dist/: the loader, the embed, the dashboard, and a manifest of their names.
 *  The same sources give the same bytes: names carry the hash of the content and nothing of the machine.
 *  A file over its budget fails the build. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const KB = 1000;
const BUDGET = { "widget.js": 3 * KB, "embed.js": 20 * KB, "dashboard.js": 120 * KB, "dashboard.css": 40 * KB }; // gzip
const TARGET = ["es2020", "chrome90", "firefox90", "safari15"];

const COMMON = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  write: false,
  charset: "utf8",
  legalComments: "none",
  target: TARGET,
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
};

/** The embed has no style sheet of its own: it adopts its styles from a string inside its shadow root. */
const stylesAsText = {
  name: "styles-as-text",
  setup(run) {
    run.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const made = await build({ ...COMMON, entryPoints: [path], outdir: "dist" });
      return { contents: made.outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

async function bundle(entry, options = {}) {
  const made = await build({ ...COMMON, entryPoints: [entry], outdir: "dist", ...options });
  const ending = (kind) => made.outputFiles.find((file) => file.path.endsWith(kind))?.contents;
  return { js: ending(".js"), css: ending(".css") };
}

const files = new Map(); // name in dist → bytes
const manifest = {}; // name by role → name in dist

function keep(role, bytes, { hashed }) {
  const [stem, ending] = role.split(".");
  const name = hashed ? `${stem}-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.${ending}` : role;
  files.set(name, bytes);
  manifest[role] = name;
  return name;
}

const embed = await bundle("src/embed/main.tsx", { plugins: [stylesAsText] });
const embedName = keep("embed.js", embed.js, { hashed: true });

const loader = await bundle("src/loader.ts", { define: { EMBED_FILE: JSON.stringify(embedName) } });
keep("widget.js", loader.js, { hashed: false });

if (existsSync(join(HERE, "src/dashboard/main.tsx"))) {
  const dashboard = await bundle("src/dashboard/main.tsx");
  keep("dashboard.js", dashboard.js, { hashed: true });
  if (dashboard.css) keep("dashboard.css", dashboard.css, { hashed: true });
}

await mkdir(DIST, { recursive: true });
for (const old of await readdir(DIST)) if (!old.startsWith(".")) await rm(join(DIST, old), { recursive: true });
for (const [name, bytes] of files) await writeFile(join(DIST, name), bytes);
await writeFile(join(DIST, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");

for (const [role, name] of Object.entries(manifest)) {
  const size = gzipSync(files.get(name), { level: 9 }).length;
  const over = size > BUDGET[role];
  console.log(`${name.padEnd(28)} ${(size / KB).toFixed(2).padStart(7)} KB gzip of ${BUDGET[role] / KB}${over ? "  OVER" : ""}`);
  if (over) process.exitCode = 1;
}
