/** The interfaces between the widget and its views, so that neither imports the other. */

import type { ComponentChildren } from "preact";
import type { Chat } from "../chat/chat";
import type { HostApi, Settings } from "../host/api";
import type { PATHS } from "./launcher";
import type { ServerTypingFrame } from "../wire/frames";
import type { WindowTexts } from "./texts/en";

/** Renders into an element; null unmounts. */
export type Draw = (view: ComponentChildren, parent: Element) => void;

/** The widget, as its views use it. */
export interface WidgetView {
  readonly host: HostApi;
  /** Of the names in storage of what belongs to this visitor. */
  readonly prefix: string;
  readonly chat: Chat;
  readonly element: { adopt(styles: string): void };
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
  typing(chat: Chat, frame: ServerTypingFrame): void;
}

/** The part that draws forms into the open window. */
export interface FormPart {
  /** Draws every form in `frame`. Call it again when anything may have changed. */
  draw(widget: WidgetView, frame: HTMLElement, render: Draw): void;
}

/** Lazy parts that few visitors need: the files of src/embed/parts. */
export interface Parts {
  readonly form: FormPart;
  readonly history: typeof import("./parts/history");
  readonly identify: typeof import("./parts/identify");
  readonly notice: typeof import("./parts/notice");
}
