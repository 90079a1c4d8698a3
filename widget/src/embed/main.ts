/** The first load of the embed: connection and launcher, with the texts of one language. The build makes one per
 *  language. */

import type { HostApi } from "../host/api";
import type { LauncherTexts } from "./texts/en";
import { Widget } from "./widget";

let first = true; // after a reset the page's identity is an old one

/** Starts when the page has a body. */
export function start(host: HostApi, texts: LauncherTexts): void {
  const begin = () => {
    const widget = new Widget(host, texts);
    const token = host.choices?.["identity"];
    if (first && token) widget.identify({ token });
    first = false;
    host.ready(widget);
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin, { once: true });
}
