/** The part for files in messages; those that wait in the composer it leaves to the part "attach". It draws with the
 *  runtime of the window, and its style sheet uses the window's colours. */

import { made, write } from "../elements";
import { Files } from "../files/files";
import styles from "../files/styles.css";
import { fileTexts } from "../files/texts";
import type { FilesPart, WidgetView } from "../view";

// A name in dist, inserted by the build.
declare const ATTACH_FILE: string;

const DROP_SHOWN = 400; // ms after the last event of a drag over the window; it repeats every 350 ms at least

let shown: Files | null = null; // of the widget that runs: `Parley.reset` starts another one
let attaching = false;
let timer = 0;
const drop = made("div", { class: "drop" });

const attach = (widget: WidgetView) => widget.host.load(ATTACH_FILE) as Promise<FilesPart>;

function of(widget: WidgetView): Files {
  if (shown?.widget !== widget) {
    widget.element.adopt(styles);
    shown = new Files(widget);
  }
  return shown;
}

export const take: FilesPart["take"] = (widget, files) => {
  of(widget);
  attaching = true;
  clearTimeout(timer);
  drop.remove();
  if (files.length) {
    attach(widget).then(
      (part) => part.take(widget, files),
      () => {},
    );
  } else {
    write(drop, fileTexts(widget.language).drop);
    widget.element.root.querySelector(".window")?.append(drop);
    timer = window.setTimeout(() => drop.remove(), DROP_SHOWN);
  }
};

export const draw: FilesPart["draw"] = (widget, frame, render) => {
  of(widget).draw(frame, render);
  attaching ||= !!widget.host.session.read(`${widget.prefix}files`);
  if (!attaching) return;
  attach(widget).then(
    (part) => part.draw(widget, frame, render),
    () => {},
  );
};
