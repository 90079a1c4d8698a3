/** Files that the visitor picks, pastes or drags: the part "files" takes them. */

import type { FilesPart, WidgetView } from "../view";

// A name in dist, inserted by the build.
declare const FILES_FILE: string;

/** No files: they are being dragged over the window. */
export function pick(widget: WidgetView, files: FileList): void {
  const picked = [...files]; // the browser empties its list
  widget.host.load(FILES_FILE).then(
    (part) => (part as FilesPart).take(widget, picked),
    () => {},
  );
}

/** Of a paste, or a drag over the window. What is a text too is pasted as a text: spreadsheets add a picture of it. */
export function carried(widget: WidgetView, event: Event, data: DataTransfer | null): void {
  const has = (type: string) => data?.types.includes(type);
  if (!widget.settings?.attachments || !has("Files") || (has("text/plain") && has("text/html"))) return;
  event.preventDefault();
  pick(widget, data!.files);
}
