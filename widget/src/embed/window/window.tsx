/** The open window as a dialog. */

import { isComposing } from "../../ui/keys";
import { isPhone } from "../../ui/screen";
import type { WidgetView } from "../view";
import { Banner } from "./banner";
import { Composer } from "./composer";
import { Header } from "./header";
import { MessageList } from "./list";
import { carried } from "./pick";

const TITLE_ID = "title";

export function Window({ widget }: { widget: WidgetView }) {
  const drag = (event: DragEvent) => carried(widget, event, event.dataTransfer);
  return (
    <section
      class="window"
      role="dialog"
      aria-labelledby={TITLE_ID}
      aria-modal={isPhone()}
      onPaste={(event) => carried(widget, event, event.clipboardData)}
      onDragOver={drag}
      onDrop={drag}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !isComposing(event)) widget.close();
        if (event.key === "Tab" && isPhone()) keepInside(event.currentTarget, event);
      }}
    >
      <Header widget={widget} titleId={TITLE_ID} />
      <Banner widget={widget} />
      {widget.home || [<MessageList widget={widget} />, <Composer widget={widget} />]}
    </section>
  );
}

/** A window that covers the page traps Tab; Esc closes it. */
function keepInside(frame: HTMLElement, event: KeyboardEvent): void {
  const stops = [...frame.querySelectorAll<HTMLElement>("button:enabled,input,textarea,a,[tabindex]")].filter(
    (stop) => stop.offsetParent, // the composer is hidden below the form before the first message
  );
  const edge = event.shiftKey ? 0 : -1;
  if ((frame.getRootNode() as ShadowRoot).activeElement !== stops.at(edge)) return;
  event.preventDefault();
  stops.at(-1 - edge)?.focus();
}
