/** Settings of one area on several pages: each with links to the others, once the area's styles are loaded. */

import type { ComponentType, JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

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
      return (
        <>
          <nav class="page-tabs" aria-label={label}>
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
