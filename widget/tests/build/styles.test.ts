/** What the build leaves of the embed's style sheets. */

import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { reduced, stylesAsText } from "../../build/styles.mjs";

const TOKENS =
  ":root,:host{color-scheme:light;--a:#ffffff;--b:1px;--same:#112233;--unused:red}" +
  ':root[data-theme=dark],:host([data-theme="dark"]){color-scheme:dark;--a:#000000;--same:#112233}';

describe("a sheet of the embed", () => {
  test("keeps a token of two values and writes out one that has a single value", () => {
    const sheet = `${TOKENS}p{color:var(--a);margin:var(--b);fill:var(--same)}`;
    expect(reduced(sheet)).toBe(
      ".frame{color-scheme:light;--a:#fff}.frame[data-theme=dark]{color-scheme:dark;--a:#000}" +
        "p{color:var(--a);margin:1px;fill:#112233}",
    );
  });

  test("has no palette when it uses none of it", () => {
    expect(reduced(`${TOKENS}b{margin:var(--b)}`)).toBe("b{margin:1px}");
  });

  test("loses the tokens' own rule for reduced motion, as the embed stops all motion", () => {
    expect(reduced("@media (prefers-reduced-motion:reduce){:root,:host{--b:0ms}}p{margin:0}")).toBe("p{margin:0}");
  });
});

describe("the sheets as they are built", () => {
  const embed = new URL("../../src/embed/", import.meta.url).pathname;
  const options = { bundle: true, minify: true, write: false } as const;
  const built = async (path: string) => {
    const plugins = [stylesAsText(options)];
    const made = await build({ ...options, entryPoints: [embed + path], loader: { ".css": "text" }, plugins });
    return made.outputFiles[0]!.text;
  };

  test.each([
    ["styles.css", 0],
    ["window/styles.css", 20],
    ["notice.css", 5],
  ])("%s names no token that is declared nowhere, and declares none that it does not name", async (path, least) => {
    const sheet = await built(path);
    const used = new Set([...sheet.matchAll(/var\((--[\w-]+)\)/g)].map(([, token]) => token));
    const declared = new Set([...sheet.matchAll(/(--[\w-]+):/g)].map(([, token]) => token));
    expect(used.size).toBeGreaterThanOrEqual(least);
    expect([...used].sort()).toEqual([...declared].sort());
  });
});
