/** For the tests, which are TypeScript. */

import type { BuildOptions, Plugin } from "esbuild";

export function stylesAsText(options: BuildOptions, beneath: string): Plugin;
export function reduced(sheet: string, beneath?: string): string;
