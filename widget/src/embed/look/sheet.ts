/** The style sheet that the look adds to the widget's own ones. Its rules are more specific than theirs, so the order
 *  in which the sheets come does not matter. */

import type { WidgetAppearance } from "../../rest/types";

// Token → the short name that the build has given it, inserted by the build.
declare const TOKEN_NAMES: Readonly<Record<string, string>>;

export const FONTS: Readonly<Record<string, string>> = {
  humanist: 'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",sans-serif',
  geometric: 'Avenir,Montserrat,Corbel,"URW Gothic",sans-serif',
  rounded: 'ui-rounded,"Hiragino Maru Gothic ProN",Quicksand,Comfortaa,"Arial Rounded MT Bold",sans-serif',
  serif: 'ui-serif,Charter,"Bitstream Charter","Sitka Text",Cambria,Georgia,serif',
  mono: 'ui-monospace,"Cascadia Code",Menlo,Consolas,"DejaVu Sans Mono",monospace',
};

const EDGE = 20; // px; the built-in distance from both edges
const ABOVE = 72; // px from the launcher's edge to what stands over it
const COLOUR = /^#[\da-f]{6}$/;

export interface Placed {
  readonly position: "left" | "right";
  readonly x: number;
  readonly y: number;
  readonly font: string; // the value of font-family, or ""
  readonly hidden: boolean;
  readonly tokens: WidgetAppearance["tokens"];
}

export function sheetOf({ position, x, y, font, hidden, tokens }: Placed): string {
  return [
    font && `.frame.frame{font-family:${font}}`,
    hidden && ".frame .launcher,.frame .greeting{display:none}",
    (position === "left" || x !== EDGE || y !== EDGE) && placed(position, x, y),
    tokens && coloured(tokens),
  ]
    .filter(Boolean)
    .join("");
}

/** On phones the open window covers the screen, and on low screens it has the whole height. */
function placed(side: "left" | "right", x: number, y: number): string {
  const other = side === "left" ? "right" : "left";
  const at = `${side}:${x}px;${other}:auto`;
  const over = `bottom:calc(max(${y}px,env(safe-area-inset-bottom)) + ${ABOVE}px)`;
  return (
    `.frame .launcher{${at};bottom:max(${y}px,env(safe-area-inset-bottom))}` +
    `.frame :is(.fault,.teaser){${at};${over}}` +
    `@media(min-width:481px){.frame .window{${at}}}` +
    `@media(min-width:481px) and (min-height:501px){.frame .window{bottom:${y + ABOVE}px;` +
    `height:min(600px,calc(100vh - ${y + ABOVE + EDGE}px))}}`
  );
}

/** White is inlined in the widget's sheets, because both built-in palettes have it on the accent: here it may be
 *  another colour. */
function coloured(given: NonNullable<WidgetAppearance["tokens"]>): string {
  const tokens = Object.entries(given).filter(([, colour]) => COLOUR.test(colour));
  const of = Object.fromEntries(tokens);
  const names = tokens.flatMap(([token, colour]) => (TOKEN_NAMES[token] ? [`${TOKEN_NAMES[token]}:${colour}`] : []));
  return (
    `.frame.frame.frame{${names.join(";")}}` +
    `.frame .launcher{background:linear-gradient(145deg,${of["accent"]},${of["accent-pressed"]})}` +
    `.frame :is(.launcher,.head,.send:enabled,.main,.form-send){color:${of["on-accent"]}}` +
    `.frame .mine:not(.failed) .bubble{color:${of["on-mine"]}}` +
    `.frame .head .face,.frame .round:hover{background:${of["face"]}}` +
    `.frame .round:focus-visible{outline-color:${of["on-accent"]}}` +
    `.frame .window :focus-visible:not(.round,textarea){outline-color:${of["focus"]}}` +
    ".frame .bubble blockquote{opacity:1}" +
    `.frame .bubble :is(code,pre){background:${of["pressed"]}}`
  );
}
