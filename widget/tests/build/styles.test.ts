/** Reducing the embed's style sheets. */

import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { reduced, stylesAsText } from "../../build/styles.mjs";

const TOKENS =
  ":root,:host{color-scheme:light;--a:#ffffff;--b:1px;--same:#112233;--unused:red}" +
  ':root[data-theme=dark],:host([data-theme="dark"]){color-scheme:dark;--a:#000000;--same:#112233}';

describe("a style sheet of the embed", () => {
  test("keeps a token with two values under a short name and inlines one with a single value", () => {
    const sheet = `${TOKENS}p{color:var(--a);margin:var(--b);fill:var(--same)}`;
    expect(reduced(sheet)).toBe(
      ".frame{color-scheme:light;--0:#fff}.frame[data-theme=dark]{color-scheme:dark;--0:#000}" +
        "p{color:var(--0);margin:1px;fill:#123}",
    );
  });

  test("gives tokens that are alike in both palettes one name", () => {
    const sheet = `:root,:host{--a:#ffffff;--b:#ffffff}:root[data-theme=dark],:host([data-theme="dark"]){--a:red;--b:red}`;
    expect(reduced(`${sheet}p{color:var(--b);fill:var(--a)}`)).toBe(
      ".frame{--0:#fff}.frame[data-theme=dark]{--0:red}p{color:var(--0);fill:var(--0)}",
    );
  });

  test("has no palette when it uses no colour tokens", () => {
    expect(reduced(`${TOKENS}b{margin:var(--b)}`)).toBe("b{margin:1px}");
  });

  test("drops the tokens' rule for reduced motion, because the embed stops all motion itself", () => {
    expect(reduced("@media (prefers-reduced-motion:reduce){:root,:host{--b:0ms}}p{margin:0}")).toBe("p{margin:0}");
  });
});

describe("the built style sheets", () => {
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
  ])("%s uses only declared tokens, and declares only tokens that it uses", async (path, least) => {
    const sheet = await built(path);
    const used = new Set([...sheet.matchAll(/var\((--[\w-]+)\)/g)].map(([, token]) => token));
    const declared = new Set([...sheet.matchAll(/(--[\w-]+):/g)].map(([, token]) => token));
    expect(used.size).toBeGreaterThanOrEqual(least);
    expect([...used].sort()).toEqual([...declared].sort());
  });
});
