/** Keeps the app above the keyboard on the screen: Safari lets it cover the page, and says how much in
 *  `visualViewport`. Other browsers shrink the page themselves, by `interactive-widget` of the shell. */

import { useEffect } from "preact/hooks";

const MIN_HEIGHT = 80; // CSS pixels; bars of a browser are lower, a keyboard is not

interface Visible {
  readonly height: number;
  readonly scale: number;
}

/** The height to give to the app, or null: all of the page. */
export function heightAbove(page: number, { height, scale }: Visible): number | null {
  if (scale > 1.01) return null; // zoomed in: the reader sees a part, and moves it
  return page - height >= MIN_HEIGHT ? Math.floor(height) : null;
}

export function useOnScreenKeyboard(): void {
  useEffect(() => {
    const visible = window.visualViewport;
    if (!visible) return undefined;
    const { style } = document.documentElement;
    const follow = (): void => {
      const height = heightAbove(window.innerHeight, visible);
      if (height === null) return void style.removeProperty("--app-height");
      style.setProperty("--app-height", `${height}px`);
      window.scrollTo(0, 0); // the browser has moved the page up to show the field
    };
    visible.addEventListener("resize", follow);
    visible.addEventListener("scroll", follow);
    follow();
    return () => {
      visible.removeEventListener("resize", follow);
      visible.removeEventListener("scroll", follow);
      style.removeProperty("--app-height");
    };
  }, []);
}
