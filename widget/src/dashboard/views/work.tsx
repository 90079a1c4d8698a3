/** At work in a project: its desk, its place in the address bar, and what lies over the inbox. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Api } from "../desk/api";
import { concerns, Desk } from "../desk/desk";
import { notify, sound, watched } from "../desk/notices";
import { pathOf, placeOf } from "../desk/place";
import { prefer, preferences } from "../desk/preferences";
import { SocketLine } from "../desk/socket_line";
import type { Project, User } from "../state/model";
import { KeysDialog } from "./dialogs/keys";
import { PaletteDialog } from "./dialogs/palette";
import { SettingsDialog } from "./dialogs/settings";
import { Inbox } from "./inbox";
import { Empty, IconButton } from "./parts/small";
import { type Dialog, type Go, RoomContext, useWords } from "./use";

interface WorkProps {
  readonly api: Api;
  readonly user: User;
  readonly projects: readonly Project[];
  readonly signOut: () => void;
}

type Refused = "status" | "assign";

export function Work({ api, user, projects, signOut }: WorkProps): JSX.Element {
  const [id, setId] = useState(() => firstProject(projects));
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const project = projects.find((one) => one.id === id);
  const open = useRef<(conversation: string | null) => void>(() => undefined);

  const desk = useMemo(
    () => (project === undefined ? null : deskOf(api, user, project, (to) => open.current(to), setRefused)),
    [api, user.id, project?.id],
  );
  useAddress(desk, project, setId);

  const go = useMemo<Go>(() => ({
    open: (conversation) => {
      if (desk === null || project === undefined || desk.state.open === conversation) return;
      const path = pathOf({ project: project.id, conversation });
      // One step back leads from any conversation to the list, as a phone's back button promises.
      if (desk.state.open === null) history.pushState(null, "", path);
      else history.replaceState(null, "", path);
      desk.dispatch({ type: "open", conversation });
    },
    project: (next) => {
      history.pushState(null, "", pathOf({ project: next, conversation: null }));
      setId(next);
    },
    dialog: setDialog,
    signOut,
  }), [desk, project, signOut]);
  open.current = go.open;

  if (desk === null || project === undefined) return <NoProject signOut={signOut} />;
  const close = (): void => setDialog(null);
  return (
    <RoomContext.Provider value={{ desk, user, projects, project, go }}>
      <Inbox key={project.id} />
      {dialog === "palette" ? <PaletteDialog onClose={close} /> : null}
      {dialog === "keys" ? <KeysDialog onClose={close} /> : null}
      {dialog === "settings" ? <SettingsDialog onClose={close} /> : null}
      <Toast what={refused} onClose={() => setRefused(null)} />
    </RoomContext.Provider>
  );
}

function deskOf(
  api: Api,
  user: User,
  project: Project,
  open: (conversation: string) => void,
  refused: (what: Refused) => void,
): Desk {
  const desk: Desk = new Desk(api, user.id, project.id, preferences().view, (events) => new SocketLine(api, project.id, events), {
    announced: (conversation, body) => {
      if (!concerns(desk.state, conversation)) return;
      if (watched() && desk.state.open === conversation) return;
      sound(Date.now());
      const name = desk.state.entries.get(conversation)?.conversation.visitor.name ?? project.name;
      if (!watched()) notify(name, body, conversation, () => open(conversation));
    },
    refused,
  });
  return desk;
}

/** Starts the desk at the address, follows the browser's back and forward, and keeps unsent replies from being closed. */
function useAddress(desk: Desk | null, project: Project | undefined, setProject: (id: string) => void): void {
  useEffect(() => {
    if (desk === null || project === undefined) return undefined;
    prefer({ project: project.id });
    const place = placeOf(location.pathname);
    desk.start();
    if (place.project === project.id && place.conversation !== null) {
      desk.dispatch({ type: "open", conversation: place.conversation });
    } else history.replaceState(null, "", pathOf({ project: project.id, conversation: null }));
    const moved = (): void => {
      const to = placeOf(location.pathname);
      if (to.project !== null && to.project !== project.id) return setProject(to.project);
      desk.dispatch({ type: "open", conversation: to.conversation });
    };
    // Only this page holds what is not sent yet.
    const leaving = (event: BeforeUnloadEvent): void => {
      if ([...desk.state.threads.values()].some((thread) => thread.replies.length > 0)) event.preventDefault();
    };
    addEventListener("popstate", moved);
    addEventListener("beforeunload", leaving);
    return () => {
      removeEventListener("popstate", moved);
      removeEventListener("beforeunload", leaving);
      desk.stop();
    };
  }, [desk]);
}

function NoProject({ signOut }: { readonly signOut: () => void }): JSX.Element {
  const { say } = useWords();
  return (
    <main class="splash">
      <Empty icon="inbox" title={say("noprojects")} lead={say("noprojects.lead")}>
        <button type="button" class="button" onClick={signOut}>{say("account.signout")}</button>
      </Empty>
    </main>
  );
}

const TOAST_STAYS = 6_000; // ms

function Toast({ what, onClose }: { readonly what: Refused | null; readonly onClose: () => void }): JSX.Element {
  const { say } = useWords();
  useEffect(() => {
    if (what === null) return undefined;
    const timer = setTimeout(onClose, TOAST_STAYS);
    return () => clearTimeout(timer);
  }, [what]);
  return (
    <div class="toasts" role="alert">
      {what === null ? null : (
        <p class="toast">{say(`toast.${what}`)}<IconButton icon="close" label={say("toast.close")} class="is-small" onClick={onClose} /></p>
      )}
    </div>
  );
}

/** The one in the address, else the one worked in last, else the first. */
function firstProject(projects: readonly Project[]): string {
  const wanted = [placeOf(location.pathname).project, preferences().project];
  return wanted.find((id) => projects.some((one) => one.id === id)) ?? projects[0]?.id ?? "";
}
