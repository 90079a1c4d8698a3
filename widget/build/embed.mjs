/** Builds the embed: the window, and a first load for each language. Every file is a self-contained module that is
 *  imported by name on first use: one request each, and a failed import can be retried under another address. */

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { stylesAsText, tokenNames } from "./styles.mjs";
import { VERSION } from "./version.mjs";

const WINDOW_PARTS = ["article", "attach", "files", "home", "markdown", "stream"];
const FIRST_LOAD = { tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } } }; // its classes are shorter
const SMALL = { mangleProps: /^(component([DW]|$)|setState$|redraw$|vnode$|kids$|nodes$)/ }; // only our own runtime calls these

/** The views import Preact; this plugin substitutes the embed's own minimal runtime. */
export const smallRuntime = (folder) => ({
  name: "small-runtime",
  setup(run) {
    run.onResolve({ filter: /^preact(\/jsx-runtime)?$/ }, () => ({ path: join(folder, "jsx/runtime.ts") }));
  },
});

/** `keep` takes a file's role and bytes, and returns its name in dist. Returns the file names by language: the first
 *  load, the window, and the lazy parts, one for each file of src/embed/parts. */
export async function buildEmbed(options, keep) {
  const folder = join(options.absWorkingDir, "src/embed");
  const plugins = [stylesAsText(options), smallRuntime(folder)];
  const bundle = async (role, contents, define = {}, more = {}) => {
    const stdin = { contents, resolveDir: folder, sourcefile: "entry.ts", loader: "ts" };
    const made = await build({ ...options, ...SMALL, ...more, outdir: "dist", format: "esm", plugins, stdin, define });
    return keep(role, made.outputFiles[0].contents);
  };
  const palette = await build({ ...options, entryPoints: [join(folder, "../ui/tokens.css")], outdir: "dist" });
  const tokens = { TOKEN_NAMES: JSON.stringify(tokenNames(palette.outputFiles[0].text)) };
  const parts = {};
  const ofWindow = {}; // the parts that the window loads; their names would cost the first load bytes
  for (const part of await stems(join(folder, "parts")))
    (WINDOW_PARTS.includes(part) ? ofWindow : parts)[part] = await bundle(
      `${part}.js`,
      `export * from "./parts/${part}";`,
      { ...tokens, ...named(ofWindow) }, // of the parts that come after them
    );
  const languages = {};
  // A visitor downloads the texts of one language only.
  for (const language of await stems(join(folder, "texts"))) {
    const role = (name) => (language === "en" ? `${name}.js` : `${name}-${language}.js`);
    const window = await bundle(
      role("window"),
      `export * from "./window/main";
       export { windowTexts as texts } from "./texts/${language}";`,
      named(ofWindow),
    );
    const embed = await bundle(
      role("embed"),
      `import { start as begin } from "./main";
       import { launcherTexts } from "./texts/${language}";
       export const start = (host) => begin(host, launcherTexts);`,
      {
        WINDOW_FILE: JSON.stringify(window),
        PART_FILES: JSON.stringify(parts),
        VERSION: JSON.stringify(VERSION),
      },
      FIRST_LOAD,
    );
    languages[language] = { embed, window, parts: Object.values({ ...parts, ...ofWindow }) };
  }
  return languages;
}

/** HOME_FILE and so on, as the sources name these parts. */
const named = (parts) =>
  Object.fromEntries(Object.entries(parts).map(([part, file]) => [`${part.toUpperCase()}_FILE`, JSON.stringify(file)]));

/** The sorted file names of a folder without extensions; empty if there is no folder. */
async function stems(folder) {
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names.map((name) => name.split(".")[0]).sort();
}
