/** What the views know of the widget, and the widget of its views; so that neither imports the other. */

import type { Chat } from "../chat/chat";
import type { Facts, HostApi, Settings } from "../host/api";
import type { Meta } from "../wire/frames";
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
}

/** The module that draws the open window, in one language: loaded when idle, or when it is needed before that. */
export interface WindowPart {
  readonly styles: string;
  readonly texts: WindowTexts;
  /** What may go with a text of what the page said of its visitor. */
  cleanFacts(facts: Facts): Meta;
  /** Draws the window into `frame`, or removes it. */
  draw(widget: WidgetView, frame: HTMLElement, open: boolean): void;
}
