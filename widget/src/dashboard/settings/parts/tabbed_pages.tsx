/** Settings of one area on several pages: each with links to the others, once the area's styles are loaded. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Api } from "../../rest/api";
import { useSession } from "../../views/session";
import { ManagersOnly } from "../project/managers_only";
import { useProject } from "../project/use_project";
import { To } from "../../views/parts/to";

interface Area<Client> {
  readonly connect: (rest: Api, project: string) => Client;
  readonly loadStyles: () => Promise<unknown>;
  /** The name of the links, and section and text of each. */
  readonly useTabs: () => { readonly label: string; readonly tabs: readonly (readonly [string, string])[] };
}

interface Access {
  /** Agents may not see the page. */
  readonly managers?: boolean;
}

/** Makes the pages of an area, by their sections. */
export function tabbedPages<Client>({ connect, loadStyles, useTabs }: Area<Client>) {
  return (section: string, Page: ComponentType<{ readonly api: Client }>, { managers = false }: Access = {}) =>
    function OnePage(): JSX.Element {
      const { api: rest } = useSession();
      const { project, manager } = useProject();
      const api = useMemo(() => connect(rest, project.id), [rest, project.id]);
      const { label, tabs } = useTabs();
      const [styled, setStyled] = useState(false);
      useEffect(() => {
        // Without its styles the page is plain, but works.
        void loadStyles()
          .catch(() => undefined)
          .then(() => setStyled(true));
      }, []);
      const links = useRef<HTMLElement>(null);
      useEffect(() => keepInView(links.current), []);
      return (
        <>
          <nav class="page-tabs" aria-label={label} ref={links}>
            {tabs.map(([one, text]) => (
              <To
                key={one}
                route={{ name: "project settings", project: project.id, section: one }}
                class=""
                current={one === section}
              >
                {text}
              </To>
            ))}
          </nav>
          {manager ? null : <ManagersOnly nothing={managers} />}
          {styled && (manager || !managers) ? <Page api={api} /> : null}
        </>
      );
    };
}

/** On a phone the links scroll sideways: the current one stays in view while styles and widths change. */
function keepInView(links: HTMLElement | null): () => void {
  const current = links?.querySelector("[aria-current]");
  if (links === null || current == null) return () => undefined;
  const observer = new ResizeObserver(() => {
    const [all, one] = [links.getBoundingClientRect(), current.getBoundingClientRect()];
    links.scrollLeft += one.left + one.width / 2 - (all.left + all.width / 2);
  });
  observer.observe(links);
  observer.observe(current, { box: "border-box" });
  return () => observer.disconnect();
}
