/** The module that renders the open window. The build adds the texts of one language, which makes it a WindowPart. */

import { render } from "preact";
import { typing as received } from "../../chat/typing";
import type { WidgetView, WindowPart } from "../view";
import sheet from "./styles.css";
import { Window } from "./window";

export const styles: WindowPart["styles"] = sheet;

let forms = false; // there was one, so the part must also learn when it is gone

export const draw: WindowPart["draw"] = (widget: WidgetView, frame, open) => {
  render(open ? <Window widget={widget} /> : null, frame);
  forms ||= !!(widget.settings?.pre_chat || frame.querySelector(".form"));
  // Without it the forms are shown as text, and the visitor can write.
  if (forms)
    widget.part("form").then(
      (part) => part.draw(widget, frame, render),
      () => {},
    );
};

export const typing: WindowPart["typing"] = received;
