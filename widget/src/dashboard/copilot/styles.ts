/** The style sheet of the copilot. */

import { styleSheet } from "../settings/parts/style_sheet";

declare const COPILOT_STYLES: string; // its name in dist, from build.mjs

export const loadStyles = styleSheet(() => new URL(COPILOT_STYLES, import.meta.url).href);
