/** The part for projects and pages that change how the widget looks. */

import type { Settings } from "../../host/api";
import { Look } from "../look/look";
import type { LookView } from "../look/view";

let worn: Look | null = null; // of the widget that runs: `Parley.reset` starts another one

export function wear(widget: LookView, settings: Settings | null = widget.settings): Promise<void> {
  if (worn?.widget !== widget) {
    worn?.stop();
    worn = new Look(widget);
  }
  return worn.wear(settings);
}
