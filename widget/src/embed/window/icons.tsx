/** The icons of the widget. */

import type { ComponentChildren } from "preact";

function Drawing({ children, size = 20 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

export const Bubble = ({ size }: { size?: number }) => (
  <Drawing size={size ?? 26}>
    <path d="M20.5 11.5a8 8 0 0 1-8.5 7.4 9.4 9.4 0 0 1-3.3-.6L4 19.9l1.3-3.9a7 7 0 0 1-1.8-4.5A8 8 0 0 1 12 4a8 8 0 0 1 8.5 7.5Z" />
    <path d="M9 10.2h6M9 13.4h3.6" />
  </Drawing>
);
export const Down = ({ size }: { size?: number }) => (
  <Drawing size={size ?? 22}>
    <path d="m6 9 6 6 6-6" />
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
