/** The sites that loaded the widget or were refused: loaded over REST, and again when they change. */

import { useContext, useEffect, useMemo, useState } from "preact/hooks";

import type { Project, ProjectChange, Sites } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { WorkspaceContext } from "../views/hooks";
import { useSession } from "../views/session";

const MAX_ATTEMPTS = 3; // of a change beside which others may be made

export interface SitesAtHand {
  readonly sites: Sites | null; // null: not known yet
  readonly failed: boolean;
  /** Adds a host to the project's domains; resolves with whether it is among them. */
  readonly allow: (host: string) => Promise<boolean>;
}

export function useSites(project: string): SitesAtHand {
  const { api } = useSession();
  const store = useContext(WorkspaceContext)?.store;
  const [sites, setSites] = useState<Sites | null>(null);
  const [failed, setFailed] = useState(false);
  const load = useMemo(
    () => async (): Promise<void> => {
      try {
        setSites(await api.call<Sites>("GET", `/projects/${project}/sites`));
        setFailed(false);
      } catch {
        setFailed(true);
      }
    },
    [api, project],
  );
  useEffect(() => {
    void load();
    const looked = (): void => {
      if (document.visibilityState === "visible") void load(); // back from a page of the site
    };
    document.addEventListener("visibilitychange", looked);
    const stops = (["sites", "projects"] as const).map((one) => store?.onTouched(one, () => void load()));
    return () => {
      document.removeEventListener("visibilitychange", looked);
      for (const stop of stops) stop?.();
    };
  }, [load, store]);
  const allow = async (host: string): Promise<boolean> => {
    const done = await allowed(api, project, host);
    await load();
    return done;
  };
  return { sites, failed, allow };
}

/** The domains are one value with a version: when somebody else has changed it, it is read again. */
export async function allowed(api: Pick<Api, "call">, project: string, host: string): Promise<boolean> {
  for (let tried = 0; tried < MAX_ATTEMPTS; tried++) {
    try {
      const { domains, version } = await api.call<Project>("GET", `/projects/${project}`);
      if (domains.includes(host)) return true;
      const change: ProjectChange = { version, domains: [...domains, host] };
      await api.call("PATCH", `/projects/${project}`, change);
      return true;
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "stale") return false;
    }
  }
  return false;
}
