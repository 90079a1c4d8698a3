/** The splitter between two panes: drag it or move it with the arrow keys; a double click resets it. */

import type { JSX } from "preact";

interface SplitterProps {
  readonly label: string;
  readonly value: number; // CSS pixels
  readonly least: number;
  readonly most: number;
  readonly usual: number;
  readonly grows: 1 | -1; // 1: moving right makes the pane wider; -1: narrower
  readonly onChange: (value: number) => void;
}

const STEP = 16; // CSS pixels per key press

export function Splitter({ label, value, least, most, usual, grows, onChange }: SplitterProps): JSX.Element {
  const bounded = (wanted: number): number => Math.min(most, Math.max(least, Math.round(wanted)));

  const onPointerDown = (event: PointerEvent): void => {
    const line = event.currentTarget as HTMLElement;
    const from = event.clientX;
    line.setPointerCapture(event.pointerId);
    const move = (next: PointerEvent): void => onChange(bounded(value + (next.clientX - from) * grows));
    const end = (): void => {
      line.removeEventListener("pointermove", move);
      line.removeEventListener("pointerup", end);
      line.removeEventListener("pointercancel", end);
    };
    line.addEventListener("pointermove", move);
    line.addEventListener("pointerup", end);
    line.addEventListener("pointercancel", end);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const to: Partial<Record<string, number>> = {
      ArrowRight: value + STEP * grows,
      ArrowLeft: value - STEP * grows,
      Home: least,
      End: most,
    };
    const wanted = to[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    onChange(bounded(wanted));
  };

  return (
    <div
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={least}
      aria-valuemax={most}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      onDblClick={() => onChange(usual)}
    />
  );
}
