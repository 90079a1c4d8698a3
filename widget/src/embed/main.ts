/** The first load of the embed: connection and launcher, with the texts of one language. The build makes one per
 *  language. */

import type { HostApi } from "../host/api";
import type { LauncherTexts } from "./texts/en";
import { Widget } from "./widget";

/** Starts when the page has a body. */
export function start(host: HostApi, texts: LauncherTexts): void {
  const begin = () => host.ready(new Widget(host, texts));
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin, { once: true });
}
