/** A link within the dashboard: client-side navigation, and still a real link for a new tab. */

import type { ComponentChildren, JSX } from "preact";

import { navigate, pathOf, type Route } from "../../router";

interface ToProps {
  readonly route: Route;
  readonly class?: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

export function To({ route, class: look = "link", current = false, children }: ToProps): JSX.Element {
  const followed = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(route);
  };
  return (
    <a href={pathOf(route)} class={look} aria-current={current ? "page" : undefined} onClick={followed}>
      {children}
    </a>
  );
}
