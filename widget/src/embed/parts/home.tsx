/** The part for projects with articles: the home of the window. It draws with the runtime of the window, and its style
 *  sheet uses the window's colours. */

import { Home } from "../home/home";
import type { FormPart } from "../view";

let shown: Home | null = null; // of the widget that runs: `Parley.reset` starts another one

export const draw: FormPart["draw"] = (widget, frame, render) => {
  if (shown?.widget !== widget) {
    shown?.stop();
    shown = new Home(widget, render);
  }
  shown.draw(frame);
};

/** Shows an article that an answer cites. */
export const read = (article: { readonly id: string; readonly title: string }): void => shown?.open(article);
