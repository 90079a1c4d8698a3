/** The style sheet of the knowledge pages: a file of its own, loaded with them and not with the inbox. */

import { styleSheet } from "../parts/style_sheet";

declare const KNOWLEDGE_STYLES: string; // its name in dist, from build.mjs

export const loadStyles = styleSheet(() => new URL(KNOWLEDGE_STYLES, import.meta.url).href);
