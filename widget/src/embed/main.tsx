/** The visitor's face: what the loader loads, with the texts of one language. The build calls `start`. */

import { HOST_ID } from "./api";
import type { Parley } from "./api";
import type { Texts } from "./texts/en";
import { Widget } from "./widget";

/** Begins once the page has a body. */
export function start(texts: Texts): void {
  const boot = (window as { Parley?: Parley }).Parley?.boot;
  const begin = () => {
    if (boot && !document.getElementById(HOST_ID)) boot.ready(new Widget(boot, texts));
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin, { once: true });
}
