/** The style sheet of the page: a file of its own, loaded with it and not with the inbox. */

import { styleSheet } from "../parts/style_sheet";

declare const APPEARANCE_STYLES: string; // its name in dist, from build.mjs

export const loadStyles = styleSheet(() => new URL(APPEARANCE_STYLES, import.meta.url).href);
