/** Bundles the embed's style sheets as strings: the embed adopts them inside its shadow root, so that no
 *  Content-Security-Policy must allow them. */

import { build } from "esbuild";

/** An esbuild plugin: `import sheet from "./x.css"` gives the bundled, minified and reduced text of the sheet. */
export const stylesAsText = (options) => ({
  name: "styles-as-text",
  setup(run) {
    run.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const made = await build({ ...options, entryPoints: [path], outdir: "dist" });
      return { contents: reduced(made.outputFiles[0].text.trim()), loader: "text" };
    });
  },
});

const DECLARATION = /(--[\w-]+):\s*([^;}]*)(;|(?=}))/g;

/** Token → the name that every sheet of the embed has for it. `tokens`: the bundled text of tokens.css. */
export function tokenNames(tokens) {
  const values = valuesOf(tokens);
  const names = [...values.keys()];
  const alike = (name) => names.find((other) => `${[...values.get(other)]}` === `${[...values.get(name)]}`);
  const varied = names.filter((name) => values.get(name).size > 1);
  return Object.fromEntries(varied.map((name) => [name.slice(2), `--${names.indexOf(alike(name)).toString(36)}`]));
}

function valuesOf(css) {
  const values = new Map(); // name → its distinct values
  for (const [, name, value] of css.matchAll(DECLARATION)) values.set(name, (values.get(name) ?? new Set()).add(value));
  return values;
}

/** The tokens serve the dashboard and the embed; a visitor downloads only those that the embed uses, under short names,
 *  inlined as plain values where both palettes agree. This handles our own sheets, not CSS in general: tests/build
 *  checks that. */
export function reduced(sheet) {
  // In the embed the palette is on the frame, where the page's rules do not reach, and one rule stops all motion.
  const css = sheet
    .replace(/:root(\[[^\]]*\])?,\s*:host(\([^)]*\))?/g, ".frame$1")
    .replace(/@media[^{]*reduced-motion[^{]*{\.frame{[^}]*}\s*}/, "");
  const values = valuesOf(css);
  // By position among all tokens, which every sheet imports: the sheets share an element, so a name has one meaning.
  const short = (name) => `--${[...values.keys()].indexOf(name).toString(36)}`;
  const plain = (name) => (values.get(name)?.size === 1 ? [...values.get(name)][0] : null);
  // Tokens that are alike in both palettes share the name of the first.
  const alike = (name) =>
    [...values.keys()].find((other) => `${[...values.get(other)]}` === `${[...values.get(name)]}`);
  const used = css.replace(/var\((--[\w-]+)\)/g, (whole, name) =>
    values.has(name) ? (plain(name) ?? `var(${alike(name)})`) : whole,
  );
  const kept = used.replace(DECLARATION, (_, name, value, end) =>
    plain(name) !== null || !used.includes(`var(${name})`) ? "" : `${name}:${value}${end}`,
  );
  return kept
    .replace(/\.frame(\[[^\]]*\])?{(color-scheme:\w+;?)?}/g, "")
    .replace(/@media[^{]*{\s*}/g, "")
    .replace(/--[\w-]+(?=[:)])/g, (name) => short(name))
    .replace(/#(.)\1(.)\2(.)\3\b/g, "#$1$2$3")
    .replace(/;}/g, "}")
    .replace(/ ?([,/]) (?=[\w.#"-])/g, "$1") // esbuild leaves the values of tokens as they are
    .replace(/\n/g, "");
}
