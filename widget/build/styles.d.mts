/** For the tests, which are TypeScript. */

import type { BuildOptions, Plugin } from "esbuild";

export function stylesAsText(options: BuildOptions): Plugin;
export function reduced(sheet: string): string;
