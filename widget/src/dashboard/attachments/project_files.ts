/** The files of the project on screen: what waits to be sent in each conversation, and the addresses of all. */

import { useEffect, useMemo, useReducer } from "preact/hooks";

import { Addresses } from "../../attachments/addresses";
import type { AttachmentRules } from "../../rest/types";
import type { Platform } from "../../wire/platform";
import type { Api } from "../rest/api";
import type { Id, Live } from "../state/model";
import { useWorkspace } from "../views/hooks";
import { useSession } from "../views/session";
import { AttachmentsApi } from "./api";
import { Tray } from "./tray";

/** Until the server has named its own. */
const RULES: AttachmentRules = { max_bytes: 10 * 1024 * 1024, max_files: 10, accept: [] };

const PLATFORM: Pick<Platform, "monotonic" | "random" | "after"> = {
  monotonic: () => performance.now(),
  random: Math.random,
  after(wait, act) {
    const timer = setTimeout(act, wait);
    return () => clearTimeout(timer);
  },
};

export class ProjectFiles {
  readonly addresses: Addresses;
  private readonly api: AttachmentsApi;
  private readonly trays = new Map<Id, Tray>();
  private asked: Promise<AttachmentRules | null> | null = null;
  private known: AttachmentRules = RULES;

  constructor(api: Api, project: Id) {
    this.api = new AttachmentsApi(api, project);
    this.addresses = new Addresses((ids) => this.api.find(ids), PLATFORM.monotonic);
    addEventListener("online", () => {
      for (const tray of this.trays.values()) tray.reconnected();
    });
    // Files that are not sent are lost with the page.
    addEventListener("beforeunload", (event) => {
      if ([...this.trays.values()].some(({ list }) => list.length > 0)) event.preventDefault();
    });
  }

  /** null: there is no answer, or agents may not attach files in this project. */
  rules(): Promise<AttachmentRules | null> {
    this.asked ??= this.api.rules().then(
      (rules) => {
        this.known = rules;
        return rules.allowed === false ? null : rules; // missing: the server is older than the setting
      },
      () => {
        this.asked = null;
        return null;
      },
    );
    return this.asked;
  }

  tray(conversation: Id): Tray {
    let tray = this.trays.get(conversation);
    if (tray === undefined) {
      tray = new Tray(PLATFORM, this.api, this.known);
      this.trays.set(conversation, tray);
    }
    return tray;
  }
}

const ofProject = new WeakMap<Api, Map<Id, ProjectFiles>>();

export function useProjectFiles(): ProjectFiles {
  const { api } = useSession();
  const { project } = useWorkspace();
  return useMemo(() => {
    const all = ofProject.get(api) ?? new Map<Id, ProjectFiles>();
    const files = all.get(project.id) ?? new ProjectFiles(api, project.id);
    ofProject.set(api, all.set(project.id, files));
    return files;
  }, [api, project.id]);
}

/** The tray of a conversation; the component is drawn again when it changes. */
export function useTray(conversation: Id, live: Live): Tray {
  const files = useProjectFiles();
  const tray = files.tray(conversation);
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    void files.rules();
    return tray.subscribe(() => rerender(undefined));
  }, [files, tray]);
  useEffect(() => {
    if (live === "open") tray.reconnected();
  }, [tray, live]);
  return tray;
}
