/** Builds what browsers load into dist/: the loader, the embed, the dashboard, and a manifest of their names.
 *  The same sources give the same bytes: names carry the hash of the content and nothing of the machine.
 *  A file over its budget fails the build. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const KB = 1024;
const BUDGET = {
  "widget.js": 3 * KB,
  "embed.js": 21 * KB,
  "dashboard.js": 120 * KB,
  "dashboard.css": 40 * KB,
  part: 60 * KB,
}; // gzip
const TARGET = ["chrome94", "firefox93", "safari16"];

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
      return { contents: withoutSpareProperties(made.outputFiles[0].text.trim()), loader: "text" };
    });
  },
};

/** The tokens serve two faces; a visitor downloads only those that the embed names, and as plain values
 *  where the two palettes do not differ. */
function withoutSpareProperties(sheet) {
  // There is no :root in a shadow root, and the embed stops motion as a whole.
  const css = sheet.replace(/:root[^,{]*,\s*/g, "").replace(/@media[^{]*reduced-motion[^{]*{:host{[^}]*}\s*}/, "");
  const DECLARED = /(--[\w-]+):\s*([^;}]*)(;|(?=}))/g;
  const values = new Map(); // name → every value it is given
  for (const [, name, value] of css.matchAll(DECLARED)) values.set(name, [...(values.get(name) ?? []), value]);
  const plain = (name) => values.get(name)?.length === 1;
  const used = css.replace(/var\((--[\w-]+)\)/g, (whole, name) => (plain(name) ? values.get(name)[0] : whole));
  const kept = used.replace(DECLARED, (_, name, value, end) =>
    plain(name) || !used.includes(`var(${name})`)
      ? ""
      : `${name}:${value.replace(/#(.)\1(.)\2(.)\3\b/g, "#$1$2$3")}${end}`,
  );
  return kept
    .replace(/:host(\([^)]*\))?{}/g, "")
    .replace(/@media[^{]*{\s*}/g, "")
    .replace(/;}/g, "}")
    .replace(/\n/g, "");
}

async function bundle(entry, options = {}) {
  const made = await build({ ...COMMON, entryPoints: entry ? [entry] : [], outdir: "dist", ...options });
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

// One embed per language: a visitor downloads one set of texts.
const embeds = {}; // language → name in dist
for (const file of (await readdir(join(HERE, "src/embed/texts"))).sort()) {
  const language = file.split(".")[0];
  const contents = `import { texts } from "./texts/${language}"; import { start } from "./main"; start(texts);`;
  const stdin = { contents, resolveDir: join(HERE, "src/embed"), sourcefile: "entry.ts", loader: "ts" };
  const { js } = await bundle(null, { stdin, plugins: [stylesAsText] });
  embeds[language] = keep(language === "en" ? "embed.js" : `embed-${language}.js`, js, { hashed: true });
}

const loader = await bundle("src/loader.ts", { define: { EMBED_FILES: JSON.stringify(embeds) } });
keep("widget.js", loader.js, { hashed: false });

// The dashboard is in parts: the inbox, and what is loaded by the first look at it. Its budget is what the inbox loads.
const first = []; // names in dist that the inbox loads besides dashboard.js
if (existsSync(join(HERE, "src/dashboard/main.tsx"))) {
  const parts = {
    format: "esm",
    splitting: true,
    chunkNames: "dashboard-[name]-[hash]",
    metafile: true,
    outdir: "dist",
  };
  const made = await build({ ...COMMON, ...parts, entryPoints: ["src/dashboard/main.tsx"] });
  for (const { path, contents } of made.outputFiles) {
    const name = basename(path);
    if (name === "main.js") keep("dashboard.js", contents, { hashed: true });
    else if (name === "main.css") keep("dashboard.css", contents, { hashed: true });
    else if (name.endsWith(".js")) files.set(name, contents);
    else throw new Error(`${name}: only main.tsx may import styles, nothing would load these`);
  }
  const { outputs } = made.metafile;
  const follow = (output) => {
    for (const { path, kind } of outputs[output].imports) {
      if (kind !== "import-statement" || first.includes(basename(path))) continue;
      first.push(basename(path));
      follow(path);
    }
  };
  follow("dist/main.js");
  manifest["dashboard.first"] = first.join(" "); // the shell has the browser fetch these at once
}

await mkdir(DIST, { recursive: true });
for (const old of await readdir(DIST)) if (!old.startsWith(".")) await rm(join(DIST, old), { recursive: true });
for (const [name, bytes] of files) await writeFile(join(DIST, name), bytes);
await writeFile(join(DIST, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

const gzipped = (name) => gzipSync(files.get(name), { level: 9 }).length;
const report = (name, size, budget) => {
  const over = size > budget;
  console.log(
    `${name.padEnd(32)} ${(size / KB).toFixed(2).padStart(7)} KB gzip of ${budget / KB}${over ? "  OVER" : ""}`,
  );
  if (over) process.exitCode = 1;
};
const named = new Set([...Object.values(manifest), ...first]);
for (const [role, name] of Object.entries(manifest)) {
  if (!files.has(name)) continue;
  const besides = role === "dashboard.js" ? first : [];
  report(
    name,
    [name, ...besides].reduce((sum, one) => sum + gzipped(one), 0),
    BUDGET[role] ?? BUDGET["embed.js"],
  );
}
for (const name of files.keys()) if (!named.has(name)) report(name, gzipped(name), BUDGET.part);
