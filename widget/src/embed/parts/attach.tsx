/** The part for visitors who add files to a message: the files that wait in the composer. It draws with the runtime of
 *  the window, and its style sheet uses the window's colours. */

import styles from "../tray/styles.css";
import { Tray } from "../tray/tray";
import type { FilesPart, WidgetView } from "../view";

let tray: Tray | null = null; // of the widget that runs: `Parley.reset` starts another one

function of(widget: WidgetView): Tray {
  if (tray?.widget !== widget) {
    tray?.end();
    widget.element.adopt(styles);
    tray = new Tray(widget);
  }
  return tray;
}

export const take: FilesPart["take"] = (widget, files) => of(widget).take(files);

export const draw: FilesPart["draw"] = (widget, frame, render) => {
  if (widget.destroyed) tray?.end();
  else of(widget).draw(frame, render);
};
