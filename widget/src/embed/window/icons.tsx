/** The icons of the widget. */

import type { ComponentChildren } from "preact";
import type { WidgetView } from "../view";

function Drawing({ children, size }: { children: ComponentChildren; size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

interface Shared {
  widget: WidgetView;
  size: number;
}

export const Bubble = ({ widget, size }: Shared) => (
  <Drawing size={size}>
    <path d={widget.paths.bubble} />
  </Drawing>
);
export const Down = ({ widget, size }: Shared) => (
  <Drawing size={size}>
    <path d={widget.paths.down} />
  </Drawing>
);
export const Plane = () => (
  <Drawing size={18}>
    <path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />
  </Drawing>
);
export const Clock = () => (
  <Drawing size={12}>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3 2" />
  </Drawing>
);
export const Tick = () => (
  <Drawing size={13}>
    <path d="m5 12.5 4.5 4.5L19 7.5" />
  </Drawing>
);
export const ReadTick = () => (
  <Drawing size={13}>
    <circle cx="12" cy="12" r="10" class="full" />
    <path d="m7.5 12.4 3 3 6-6.4" class="cut" />
  </Drawing>
);
