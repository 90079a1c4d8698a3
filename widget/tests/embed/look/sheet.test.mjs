/** The look's style sheet: it says where white is inlined on the accent, and overrides all of it. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test, vi } from "vitest";
import { tokenNames } from "../../../build/styles.mjs";
import { sheetOf } from "../../../src/embed/look/sheet";

const EMBED = new URL("../../../src/embed/", import.meta.url).pathname;
const BUILT_IN = { position: "right", x: 20, y: 20, font: "", hidden: false, tokens: null };

function sheets(folder = EMBED) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sheets(join(folder, entry.name))
      : entry.name.endsWith(".css")
        ? [join(folder, entry.name)]
        : [],
  );
}

async function names() {
  const tokens = join(EMBED, "../ui/tokens.css");
  const made = await build({ entryPoints: [tokens], minify: true, write: false, loader: { ".css": "css" } });
  return tokenNames(made.outputFiles[0].text);
}

test("nothing is added for the built-in look", () => {
  expect(sheetOf(BUILT_IN)).toBe("");
});

test("a theme sets its tokens under the names of the build, and only colours", async () => {
  vi.stubGlobal("TOKEN_NAMES", await names());
  const sheet = sheetOf({ ...BUILT_IN, tokens: { surface: "#000000", text: "url(//evil)", "on-accent": "#123456" } });
  const declared = /\{([^}]*)\}/.exec(sheet)[1];
  expect(declared).toMatch(/^--\w+:#000000$/);
  expect(sheet).not.toContain("evil");
  expect(sheet).toContain("color:#123456");
});

test("every rule with white or the text on the accent is overridden by a theme", () => {
  const overridden = /launcher|\.head|\.send|\.main|\.form-send|\.mine \.bubble|\.round|\.face/;
  const apart = /^\.(badge|fault)$/; // red in every theme
  const found = [];
  for (const path of sheets()) {
    const sheet = readFileSync(path, "utf-8").replace(/\/\*.*?\*\//gs, "");
    for (const [, selector, block] of sheet.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
      if (!/(?<![-\w])(color|background|outline-color): *(var\(--on-(accent|mine|bad)|#fff\b|rgb\(255)/.test(block))
        continue;
      found.push(selector.trim());
    }
  }
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter((selector) => !overridden.test(selector) && !apart.test(selector))).toEqual([]);
});
