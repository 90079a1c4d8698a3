/** The module that renders the open window. The build adds the texts of one language, which makes it a WindowPart. */

import { render } from "preact";
import { typing } from "../../chat/typing";
import type { FormPart, StreamPart, WidgetView, WindowPart } from "../view";
import sheet from "./styles.css";
import { Window } from "./window";

// A name in dist, inserted by the build.
declare const STREAM_FILE: string;
declare const HOME_FILE: string;
declare const FILES_FILE: string;

export const styles: WindowPart["styles"] = sheet;

let forms = false; // there was one, so the part must also learn when it is gone
let stream: StreamPart | null = null;

export const draw: WindowPart["draw"] = (widget: WidgetView, frame, open) => {
  render(open ? <Window widget={widget} /> : null, frame);
  const { settings, host } = widget;
  const show = (loading: Promise<unknown>) =>
    loading.then(
      (part) => (part as FormPart).draw(widget, frame, render),
      () => {},
    );
  // Loaded together with the window, so that it does not take the place of a chat that was already seen. Without it
  // the window is the chat.
  if (settings?.articles) show(host.load(HOME_FILE));
  forms ||= !!(settings?.pre_chat || frame.querySelector(".form"));
  // Without it the forms are shown as text, and the visitor can write.
  if (forms) show(widget.part("form"));
  // Without it the files of messages are shown by their names. Others wait in the composer, also since before a reload.
  if (widget.sendFiles || frame.querySelector(".files") || host.session.read(`${widget.prefix}files`))
    show(host.load(FILES_FILE));
  // Without it the assistant's messages are shown when they are complete.
  if (open && (settings?.assistant || widget.chat.state.conversation?.owner))
    show(host.load(STREAM_FILE).then((part) => (stream = part as StreamPart)));
};

export const received: WindowPart["received"] = (widget, frame) => {
  if (frame.type === "typing") typing(widget.chat, frame);
  stream?.received(widget, frame);
};
