/** The dashboard's icons: 20 × 20, one stroke, the colour of the text beside them. */

import type { JSX } from "preact";

const PATHS = {
  inbox: "M3 11.5 5.2 4.8A1.5 1.5 0 0 1 6.6 3.8h6.8a1.5 1.5 0 0 1 1.4 1L17 11.5M3 11.5v3A1.7 1.7 0 0 0 4.7 16.2h10.6A1.7 1.7 0 0 0 17 14.5v-3M3 11.5h3.7l1.1 1.9h4.4l1.1-1.9H17",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l3.7 3.7",
  keyboard: "M3.5 5.5h13a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM5.7 8.5h.01M8.5 8.5h.01M11.4 8.5h.01M14.3 8.5h.01M7 11.7h6",
  sliders: "M3.5 6h7M14.5 6h2M3.5 14h2M9.5 14h7M12.5 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7.5 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  close: "m5.5 5.5 9 9M14.5 5.5l-9 9",
  check: "m4.5 10.5 3.7 3.7 7.3-8",
  checks: "m2.5 10.5 3.5 3.6 6.5-7.6M9.2 13.3l.9.8 7-7.6",
  clock: "M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM10 6.7V10l2.2 1.5",
  alert: "M10 6.5v4M10 13.3h.01M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  down: "m5.5 8 4.5 4.5L14.5 8",
  arrow_down: "M10 4v12M5 11l5 5 5-5",
  back: "m12 4.5-5.5 5.5 5.5 5.5",
  user: "M10 10.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM4 16.5c.6-2.6 3-4 6-4s5.4 1.4 6 4",
  panel: "M4.5 3.8h11a1.2 1.2 0 0 1 1.2 1.2v10a1.2 1.2 0 0 1-1.2 1.2h-11A1.2 1.2 0 0 1 3.3 15V5a1.2 1.2 0 0 1 1.2-1.2ZM12.3 3.8v12.4",
  note: "M5 3.8h10A1.2 1.2 0 0 1 16.2 5v6.8l-4.4 4.4H5A1.2 1.2 0 0 1 3.8 15V5A1.2 1.2 0 0 1 5 3.8ZM16.2 11.8h-3.2a1.2 1.2 0 0 0-1.2 1.2v3.2",
  reply: "M8 5 3.5 9.5 8 14M3.5 9.5h7a6 6 0 0 1 6 6",
  send: "M3.8 10 16.5 4l-3.8 12.5-3-5.2L3.8 10ZM9.7 11.3l3-3.3",
  eye: "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5ZM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  eye_off: "M4 4l12 12M8.2 5.2A8 8 0 0 1 10 5c5 0 7.5 5 7.5 5a13 13 0 0 1-2 2.6M5.5 6.7A12.5 12.5 0 0 0 2.5 10S5 15 10 15a7.5 7.5 0 0 0 3.5-.8",
  globe: "M10 16.8a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6ZM3.4 10h13.2M10 3.2c2 1.9 3 4.1 3 6.8s-1 4.9-3 6.8c-2-1.9-3-4.1-3-6.8s1-4.9 3-6.8Z",
  signout: "M8 4H5.2A1.2 1.2 0 0 0 4 5.2v9.6A1.2 1.2 0 0 0 5.2 16H8M12.5 13.5 16 10l-3.5-3.5M16 10H8",
  solve: "M10 16.8a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6ZM7 10.3l2.1 2.1L13 8",
  command: "M8 8h4v4H8V8ZM8 8H6a2 2 0 1 1 2-2v2ZM12 8V6a2 2 0 1 1 2 2h-2ZM12 12h2a2 2 0 1 1-2 2v-2ZM8 12v2a2 2 0 1 1-2-2h2Z",
  unread: "M16.5 10a6.5 6.5 0 1 1-4-6M15.2 7a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  external: "M11 4h5v5M16 4l-7 7M8 5H5.2A1.2 1.2 0 0 0 4 6.2v8.6A1.2 1.2 0 0 0 5.2 16h8.6a1.2 1.2 0 0 0 1.2-1.2V12",
  wifi_off: "M3.5 3.5l13 13M5.5 10.5a6.5 6.5 0 0 1 2.4-1.5M3 7.7A10 10 0 0 1 5.8 5.8M9 5a10 10 0 0 1 8 2.7M12 9.2a6.5 6.5 0 0 1 2.5 1.3M8 13.2a3 3 0 0 1 4 0M10 15.7h.01",
  chats: "M4.5 4h8A1.5 1.5 0 0 1 14 5.5v4a1.5 1.5 0 0 1-1.5 1.5H8l-3 2.5V11h-.5A1.5 1.5 0 0 1 3 9.5v-4A1.5 1.5 0 0 1 4.5 4ZM16 8.2a1.5 1.5 0 0 1 1 1.4v3a1.5 1.5 0 0 1-1.5 1.5H15v2.4L12.2 14H9.5",
  flag: "M5 17V3.8M5 4.2c3-1.6 5.5 1.6 10 0v7c-4.5 1.6-7-1.6-10 0",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Mark({ size = 28 }: { readonly size?: number }): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 28 28" width={size} height={size} aria-hidden="true" focusable="false">
      <rect class="mark-ground" width="28" height="28" rx="8" />
      <path class="mark-sign" d="M7.5 12.3c0-2.7 2.5-4.8 6.5-4.8s6.5 2.1 6.5 4.8-2.5 4.8-6.5 4.8c-.7 0-1.4-.1-2-.2l-3.6 2.3.4-3.5c-.8-.9-1.3-2-1.3-3.4Z" />
      <circle class="mark-dot" cx="11.2" cy="12.3" r="1.1" /><circle class="mark-dot" cx="14" cy="12.3" r="1.1" /><circle class="mark-dot" cx="16.8" cy="12.3" r="1.1" />
    </svg>
  );
}
