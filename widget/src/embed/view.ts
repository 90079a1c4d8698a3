/** The interfaces between the widget and its views, so that neither imports the other. */

import type { Chat } from "../chat/chat";
import type { HostApi, Settings } from "../host/api";
import type { PATHS } from "./launcher";
import type { WindowTexts } from "./texts/en";

/** The widget, as its views use it. */
export interface WidgetView {
  readonly host: HostApi;
  /** Of the names in storage of what belongs to this visitor. */
  readonly prefix: string;
  readonly chat: Chat;
  readonly texts: WindowTexts;
  readonly language: string;
  readonly paths: typeof PATHS;
  /** Whether the connection has ever been open. */
  readonly wasConnected: boolean;
  readonly settings: Settings | null;
  close(): void;
  /** Loads a part; rejects when it cannot be loaded. */
  part<Name extends keyof Parts>(name: Name): Promise<Parts[Name]>;
}

/** The module that renders the open window, in one language: loaded when the page is idle, or earlier when needed. */
export interface WindowPart {
  readonly styles: string;
  readonly texts: WindowTexts;
  /** Renders the window into `frame`, or unmounts it. */
  draw(widget: WidgetView, frame: HTMLElement, open: boolean): void;
}

/** Lazy parts that few visitors need: the files of src/embed/parts. */
export interface Parts {
  readonly history: typeof import("./parts/history");
  readonly identify: typeof import("./parts/identify");
  readonly notice: typeof import("./parts/notice");
}
