/** The module that renders the open window. The build adds the texts of one language, which makes it a WindowPart. */

import { render } from "preact";
import type { WidgetView, WindowPart } from "../view";
import sheet from "./styles.css";
import { Window } from "./window";

export const styles: WindowPart["styles"] = sheet;

export const draw: WindowPart["draw"] = (widget: WidgetView, frame, open) =>
  render(open ? <Window widget={widget} /> : null, frame);
