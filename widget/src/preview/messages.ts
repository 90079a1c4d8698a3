/** What the dashboard says to the preview in its frame. */

import type { WidgetAppearance } from "../rest/types";

export interface Shown {
  readonly appearance: WidgetAppearance | null;
  /** Of the project, in the header. */
  readonly name: string;
  readonly language: string;
  readonly view: "closed" | "empty" | "chat";
}

/** The frame says this when it listens. */
export const READY = "parley preview";
