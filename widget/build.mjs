/** Builds the front end into dist/: the loader, the embed, the dashboard, and a manifest of their names. The build is
 *  reproducible: names contain the hash of the content and nothing of the machine. A file over its size budget fails
 *  the build. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildEmbed } from "./build/embed.mjs";
import { replaceBuild } from "./build/replace.mjs";
import { texts } from "./build/texts.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, "dist");
const KB = 1024;
const BUDGET = {
  loader: 3 * KB,
  firstLoad: 10 * KB, // of the embed: connection and launcher
  openWindow: 20 * KB, // the first load included
  part: 6 * KB, // each lazy part of the embed
  dashboard: 120 * KB,
  dashboardStyles: 40 * KB,
  dashboardPart: 60 * KB,
  serviceWorker: 3 * KB,
  canvas: 110 * KB, // of the workflow editor, with its layout and styles; loaded by that page alone
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

async function bundle(entry, options = {}) {
  const made = await build({ ...COMMON, entryPoints: entry ? [entry] : [], outdir: "dist", ...options });
  const ending = (kind) => made.outputFiles.find((file) => file.path.endsWith(kind))?.contents;
  return { js: ending(".js"), css: ending(".css") };
}

const files = new Map(); // name in dist → bytes
const manifest = {}; // name by role → name in dist

function hashOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}

function keep(role, bytes, { hashed }) {
  const [stem, ending] = role.split(".");
  const name = hashed ? `${stem}-${hashOf(bytes)}.${ending}` : role;
  files.set(name, bytes);
  manifest[role] = name;
  return name;
}

const languages = await buildEmbed(COMMON, (role, bytes) => {
  // Also without a hash in the name, for a cached loader whose hashed file a release has removed.
  if (role.startsWith("embed")) files.set(role, bytes);
  return keep(role, bytes, { hashed: true });
});
const embeds = Object.fromEntries(Object.entries(languages).map(([language, { embed }]) => [language, embed]));
const loader = await bundle("src/loader/main.ts", { define: { EMBED_FILES: JSON.stringify(embeds) } });
keep("widget.js", loader.js, { hashed: false });
const preview = await bundle("src/preview/main.ts", { define: { EMBED_FILES: JSON.stringify(embeds) } });
keep("preview.js", preview.js, { hashed: true });

// The dashboard is split: the inbox, and lazy chunks loaded on first use. The budget covers what the inbox loads.
const CANVAS = /^dashboard-(canvas|layout|assistant)-/;
const first = []; // names in dist of the chunks that the inbox loads besides dashboard.js
if (existsSync(join(HERE, "src/dashboard/main.tsx"))) {
  const stylesOf = async (path) => {
    const { css } = await bundle(`src/dashboard/${path}`, { format: undefined });
    const name = `dashboard-${basename(path, ".css")}-${hashOf(css)}.css`;
    files.set(name, css);
    return JSON.stringify(name);
  };
  const parts = {
    // @xyflow/react runs on Preact, and only the chunk of the canvas has it and preact/compat.
    alias: { react: "preact/compat", "react-dom": "preact/compat", "react/jsx-runtime": "preact/jsx-runtime" },
    define: {
      "process.env.NODE_ENV": '"production"',
      ASSISTANT_STYLES: await stylesOf("settings/assistant/styles/assistant.css"),
      COPILOT_STYLES: await stylesOf("copilot/styles/copilot.css"),
      APPEARANCE_STYLES: await stylesOf("settings/appearance/styles/appearance.css"),
      KNOWLEDGE_STYLES: await stylesOf("settings/knowledge/styles/knowledge.css"),
    },
    format: "esm",
    plugins: [texts(COMMON)],
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
  if (first.some((name) => CANVAS.test(name))) throw new Error("the inbox loads the canvas");
  manifest["dashboard.first"] = first.join(" "); // the HTML shell preloads these
  for (const name of await readdir(join(HERE, "src/dashboard/icons"))) {
    files.set(name, await readFile(join(HERE, "src/dashboard/icons", name)));
  }
  const shell = [manifest["dashboard.js"], manifest["dashboard.css"], ...first];
  const build_id = hashOf(shell.join(" "));
  const worker = await bundle("src/dashboard/service_worker/main.ts", {
    define: { SHELL_BUILD: JSON.stringify({ id: build_id, script: manifest["dashboard.js"], files: shell }) },
  });
  keep("service_worker.js", worker.js, { hashed: false });
}

files.set("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
await replaceBuild(DIST, files, Date.now());

const gzipped = (...names) => names.reduce((sum, name) => sum + gzipSync(files.get(name), { level: 9 }).length, 0);
const report = (title, size, budget) => {
  const over = size > budget;
  console.log(
    `${title.padEnd(32)} ${(size / KB).toFixed(2).padStart(7)} KB gzip of ${budget / KB}${over ? "  OVER" : ""}`,
  );
  if (over) process.exitCode = 1;
};
report("loader", gzipped("widget.js"), BUDGET.loader);
for (const [language, { embed, window, parts }] of Object.entries(languages)) {
  report(`embed ${language}: first load`, gzipped(embed), BUDGET.firstLoad);
  report(`embed ${language}: open window`, gzipped(embed, window), BUDGET.openWindow);
  for (const part of parts) report(`embed ${language}: ${part}`, gzipped(part), BUDGET.part);
}
report("dashboard: inbox", gzipped(manifest["dashboard.js"], ...first), BUDGET.dashboard);
report("dashboard: service worker", gzipped("service_worker.js"), BUDGET.serviceWorker);
report("dashboard: styles", gzipped(manifest["dashboard.css"]), BUDGET.dashboardStyles);
report("dashboard: canvas", gzipped(...[...files.keys()].filter((name) => CANVAS.test(name))), BUDGET.canvas);
for (const name of files.keys()) {
  if (name.startsWith("dashboard-") && ![...Object.values(manifest), ...first].includes(name) && !CANVAS.test(name))
    report(name, gzipped(name), BUDGET.dashboardPart);
}
