/** Bundles the scenarios as a script that sets `window.run`, on `preact` or on the `small` runtime. */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { smallRuntime } from "../../../build/embed.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../../..");
const made = await build({
  absWorkingDir: ROOT,
  stdin: { contents: 'import { run } from "./scenarios"; window.run = run;', resolveDir: HERE, loader: "ts" },
  bundle: true,
  write: false,
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: process.argv[2] === "small" ? [smallRuntime(join(ROOT, "src/embed"))] : [],
});
process.stdout.write(made.outputFiles[0].text);
