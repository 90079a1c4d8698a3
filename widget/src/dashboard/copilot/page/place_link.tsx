/** A link to a part of the copilot's page. */

import type { ComponentChildren, JSX } from "preact";

import { navigate, pathOf, type Route } from "../../router";
import { useWorkspace } from "../../views/hooks";

interface PlaceLinkProps {
  readonly place: string;
  readonly class?: string;
  readonly current?: boolean;
  readonly children: ComponentChildren;
}

export function PlaceLink({ place, class: look, current = false, children }: PlaceLinkProps): JSX.Element {
  const { project } = useWorkspace();
  const route: Route = { name: "copilot", project: project.id, place };
  return (
    <a
      href={pathOf(route)}
      class={look}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        navigate(route);
      }}
    >
      {children}
    </a>
  );
}
