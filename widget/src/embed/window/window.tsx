/** The open window as a dialog. */

import { isComposing } from "../../ui/keys";
import { isPhone } from "../../ui/screen";
import type { WidgetView } from "../view";
import { Banner } from "./banner";
import { Composer } from "./composer";
import { Header } from "./header";
import { MessageList } from "./list";

const TITLE_ID = "title";

export function Window({ widget }: { widget: WidgetView }) {
  return (
    <section
      class="window"
      role="dialog"
      aria-labelledby={TITLE_ID}
      aria-modal={isPhone()}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !isComposing(event)) widget.close();
        if (event.key === "Tab" && isPhone()) keepInside(event.currentTarget, event);
      }}
    >
      <Header widget={widget} titleId={TITLE_ID} />
      <Banner widget={widget} />
      <MessageList widget={widget} />
      <Composer widget={widget} />
    </section>
  );
}

/** A window that covers the page traps Tab; Esc closes it. */
function keepInside(frame: HTMLElement, event: KeyboardEvent): void {
  const stops = [...frame.querySelectorAll<HTMLElement>("button:enabled,textarea,a,[tabindex]")].filter(
    (stop) => stop.offsetParent, // the composer is hidden below the form before the first message
  );
  const [first, last] = [stops[0], stops[stops.length - 1]];
  const here = (frame.getRootNode() as ShadowRoot).activeElement;
  if (here !== (event.shiftKey ? first : last)) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
