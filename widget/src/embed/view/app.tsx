/** Launcher and window. */

import { unread } from "../../chat/model";
import { isComposing } from "../../ui/keys";
import { isPhone } from "../widget";
import type { Widget } from "../widget";
import { Banner } from "./banner";
import { Composer } from "./composer";
import { Header } from "./header";
import { Bubble, Down } from "./icons";
import { MessageList } from "./list";

const TITLE_ID = "title";

export function App({ widget }: { widget: Widget }) {
  if (!widget.settings) return null;
  const { texts, isOpen } = widget;
  const count = isOpen ? 0 : unread(widget.chat.state);
  const news = count ? texts.unread(count) : "";
  return (
    <>
      {isOpen && <Window widget={widget} />}
      <button
        class={isOpen ? "launcher opened" : "launcher"}
        type="button"
        aria-label={isOpen ? texts.closeChat : texts.openChat + (news && `, ${news}`)}
        aria-expanded={isOpen}
        onClick={() => widget.toggle()}
      >
        {isOpen ? <Down size={26} /> : <Bubble />}
        {count > 0 && <span class="badge">{count > 99 ? "99+" : count}</span>}
      </button>
      <div class="unseen" role="status">
        {news}
      </div>
    </>
  );
}

function Window({ widget }: { widget: Widget }) {
  return (
    <section
      class="window"
      role="dialog"
      aria-labelledby={TITLE_ID}
      aria-modal={isPhone()}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !isComposing(event)) widget.close();
        if (event.key === "Tab") keepInside(event.currentTarget, event);
      }}
    >
      <Header widget={widget} titleId={TITLE_ID} />
      <Banner widget={widget} />
      <MessageList widget={widget} />
      <Composer widget={widget} />
    </section>
  );
}

/** Tab goes round inside the window; Esc leaves it. */
function keepInside(frame: HTMLElement, event: KeyboardEvent): void {
  const stops = [...frame.querySelectorAll<HTMLElement>("button:enabled,textarea,a,[tabindex]")];
  const [first, last] = [stops[0], stops[stops.length - 1]];
  const here = (frame.getRootNode() as ShadowRoot).activeElement;
  if (here !== (event.shiftKey ? first : last)) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
