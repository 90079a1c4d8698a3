/** What the views know of the widget, and the widget of its views; so that neither imports the other. */

import type { Chat } from "../chat/chat";
import type { HostApi, Settings } from "../host/api";
import type { WindowTexts } from "./texts/en";

/** The widget as its views see it. */
export interface WidgetView {
  readonly host: HostApi;
  readonly chat: Chat;
  readonly texts: WindowTexts;
  readonly language: string;
  /** Whether the connection has been there at all. */
  readonly wasConnected: boolean;
  readonly settings: Settings | null;
  /** How many agents are online, as far as known. */
  readonly agents: number;
  close(): void;
  /** Asks for the messages before those that are held. Rejects when there is no good answer in time. */
  loadOlder(): Promise<void>;
}

/** The module that draws the open window, in one language: loaded when idle, or when it is needed before that. */
export interface WindowPart {
  readonly styles: string;
  readonly texts: WindowTexts;
  /** Draws the window into `frame`, or removes it. */
  draw(widget: WidgetView, frame: HTMLElement, open: boolean): void;
}

/** What is loaded when it is needed first, by few visitors: the files of src/embed/parts. */
export interface Parts {
  readonly history: typeof import("./parts/history");
  readonly identify: typeof import("./parts/identify");
  readonly notice: typeof import("./parts/notice");
}
