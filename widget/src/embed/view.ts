/** The interfaces between the widget and its views, so that neither imports the other. */

import type { ComponentChildren, VNode } from "preact";
import type { Chat } from "../chat/chat";
import type { HostApi, Settings } from "../host/api";
import type { PATHS } from "./launcher";
import type { ServerFrame } from "../wire/frames";
import type { WindowTexts } from "./texts/en";

/** Renders into an element; null unmounts. */
export type Draw = (view: ComponentChildren, parent: Element) => void;

/** The widget, as its views use it. */
export interface WidgetView {
  readonly host: HostApi;
  /** Of the names in storage of what belongs to this visitor. */
  readonly prefix: string;
  readonly chat: Chat;
  readonly element: { readonly root: ShadowRoot; adopt(styles: string): void };
  readonly texts: WindowTexts;
  readonly language: string;
  readonly paths: typeof PATHS;
  /** Whether the connection has ever been open. */
  readonly wasConnected: boolean;
  readonly settings: Settings | null;
  /** The window shows the part "home" instead of the chat. */
  home?: boolean;
  /** Of the files that wait in the composer: whether all can be sent; undefined: there are none. */
  files?: boolean | undefined;
  readonly destroyed: boolean;
  close(): void;
  /** Sends the files that wait in the composer, with a caption; undefined: there are none, false: the queue is full. */
  sendFiles?(caption: string): boolean | undefined;
  /** Loads a part; rejects when it cannot be loaded. */
  part<Name extends keyof Parts>(name: Name): Promise<Parts[Name]>;
}

/** The module that renders the open window, in one language: loaded when the page is idle, or earlier when needed. */
export interface WindowPart {
  readonly styles: string;
  readonly texts: WindowTexts;
  /** Renders the window into `frame`, or unmounts it. */
  draw(widget: WidgetView, frame: HTMLElement, open: boolean): void;
  received(widget: WidgetView, frame: ServerFrame): void;
}

/** The part that draws forms into the open window. */
export interface FormPart {
  /** Draws every form in `frame`. Call it again when anything may have changed. */
  draw(widget: WidgetView, frame: HTMLElement, render: Draw): void;
}

/** The part that draws the assistant's running turn into the window, and the choice between it and a person. */
export interface StreamPart extends FormPart {
  received(widget: WidgetView, frame: ServerFrame): void;
}

/** The part for the files of messages, and for those that wait in the composer to be sent. */
export interface FilesPart extends FormPart {
  /** Takes files; none: some are being dragged over the window. */
  take(widget: WidgetView, files: readonly File[]): void;
}

/** The part that shows the text of an article in the home. */
export interface ArticlePart {
  readonly sheet: string;
  article(content: string): readonly (VNode | string)[];
}

/** Lazy parts that few visitors need: the files of src/embed/parts. */
export interface Parts {
  readonly form: FormPart;
  readonly history: typeof import("./parts/history");
  readonly identify: typeof import("./parts/identify");
  readonly look: typeof import("./parts/look");
  readonly notice: typeof import("./parts/notice");
  readonly sse: typeof import("./parts/sse");
}
