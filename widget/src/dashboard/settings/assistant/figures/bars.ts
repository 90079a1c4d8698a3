/** The bars of the chart of turns per day. Pure. */

import type { AssistantDay as FigureDay } from "../../../../rest/types";

export const WIDTH = 720; // units of the drawing
export const HEIGHT = 160;
const GAP = 0.25; // of the room of a day

export interface Bar {
  readonly day: string;
  readonly x: number;
  readonly width: number;
  readonly good: Extent;
  readonly bad: Extent; // failed or interrupted; above the others
}

interface Extent {
  readonly y: number;
  readonly height: number;
}

/** The scale's upper end: a round number that no day exceeds. */
export function ceiling(days: readonly FigureDay[]): number {
  const most = Math.max(1, ...days.map(({ turns }) => turns));
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((n) => n * unit).find((n) => n >= most) ?? most;
}

export function barsOf(days: readonly FigureDay[]): readonly Bar[] {
  const top = ceiling(days);
  const room = WIDTH / Math.max(1, days.length);
  return days.map(({ day, turns, failed, interrupted }, index) => {
    const bad = (Math.min(turns, failed + interrupted) / top) * HEIGHT;
    const all = (turns / top) * HEIGHT;
    return {
      day,
      x: index * room + (room * GAP) / 2,
      width: room * (1 - GAP),
      good: { y: HEIGHT - (all - bad), height: all - bad },
      bad: { y: HEIGHT - all, height: bad },
    };
  });
}
