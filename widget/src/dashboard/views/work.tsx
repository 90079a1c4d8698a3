/** At work in a project: its desk, its place in the address bar, and what lies over the inbox. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Api } from "../desk/api";
import { concerns, Desk } from "../desk/desk";
import { call } from "../desk/call";
import { watched } from "../desk/notices";
import { prefer, preferences } from "../desk/preferences";
import { SocketLine } from "../desk/socket_line";
import { browserLocks, Tabs } from "../desk/tabs";
import { here, type Place, usePlace, visit } from "../places";
import type { Project, User } from "../state/model";
import { nameOf } from "../state/standins";
import { KeysDialog } from "./dialogs/keys";
import { PaletteDialog } from "./dialogs/palette";
import { SettingsDialog } from "./dialogs/settings";
import { Inbox } from "./inbox";
import { late } from "./late";
import { useSession } from "./session";
import { type Notice, Toast } from "./toast";
import { currentLanguage, type Dialog, type Go, RoomContext } from "./use";

const MissingPlace = late(async () => (await import("./missing_place")).MissingPlace);
const NoProject = late(async () => (await import("../door/no_project")).NoProject);
const AccountPage = late(async () => (await import("../settings/pages")).AccountPage);
const AdminPage = late(async () => (await import("../settings/pages")).AdminPage);
const ProjectSettingsPage = late(async () => (await import("../settings/pages")).ProjectSettingsPage);
const NewProjectPage = late(async () => (await import("../settings/pages")).NewProjectPage);

export function Work(): JSX.Element {
  const { api, user, projects, signOut } = useSession();
  const place = usePlace();
  const last = useRef("");
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [notice, setNotice] = useState<Notice | null>(null);
  const shown = useRef<Notice | null>(null);
  shown.current = notice;
  const project = currentProject(projects, [projectOf(place), last.current, preferences().project]);
  last.current = project?.id ?? "";
  const open = useRef<(conversation: string | null) => void>(() => undefined);

  const tabs = useMemo(() => new Tabs(user.id, project?.id ?? "", browserLocks()), [user.id, project?.id]);
  const desk = useMemo(
    () =>
      project === undefined
        ? null
        : deskOf(
            api,
            user,
            project,
            tabs,
            (to) => open.current(to),
            (what) => setNotice({ type: "refused", what }),
          ),
    [api, user.id, project?.id, tabs],
  );
  useReading(desk, tabs);
  useDesk(desk, project);
  useAddress(desk, project, place);

  const go = useMemo<Go>(
    () => ({
      open: (conversation) => {
        if (desk === null || project === undefined) return;
        const inside = here().name === "inbox";
        if (inside && desk.state.open === conversation) return;
        // One step back leads from any conversation to the list, as a phone's back button promises.
        visit(
          { name: "inbox", project: project.id, conversation },
          inside && desk.state.open !== null ? "replace" : "push",
        );
        desk.dispatch({ type: "open", conversation });
      },
      project: (next) => visit({ name: "inbox", project: next, conversation: null }),
      dialog: setDialog,
      status: (row, to) => {
        setNotice({
          type: "status",
          conversation: row.id,
          name: nameOf(row.visitor, currentLanguage()),
          from: row.status,
          to,
        });
        void desk?.setStatus(row.id, to);
      },
      undo: () => {
        const last = shown.current;
        if (last?.type !== "status") return;
        setNotice(null);
        void desk?.setStatus(last.conversation, last.from);
      },
      signOut,
    }),
    [desk, project, signOut],
  );
  open.current = go.open;

  const close = (): void => setDialog(null);
  const room = desk === null || project === undefined ? null : { desk, user, projects, project, go };
  return (
    <RoomContext.Provider value={room}>
      <Page place={place} project={project} />
      {dialog === "palette" && room !== null ? <PaletteDialog onClose={close} /> : null}
      {dialog === "keys" ? <KeysDialog onClose={close} /> : null}
      {dialog === "settings" ? <SettingsDialog onClose={close} /> : null}
      <Toast notice={notice} onUndo={go.undo} onClose={() => setNotice(null)} />
    </RoomContext.Provider>
  );
}

/** The desk stays at work behind every page, so that an agent who looks at settings is still called. */
function Page({ place, project }: { readonly place: Place; readonly project: Project | undefined }): JSX.Element {
  switch (place.name) {
    case "account":
      return <AccountPage section={place.section} />;
    case "admin":
      return <AdminPage section={place.section} />;
    case "new project":
      return <NewProjectPage />;
    case "project settings":
      return project === undefined ? (
        <NoProject />
      ) : (
        <ProjectSettingsPage key={project.id} project={project} section={place.section} />
      );
    case "missing":
      return <MissingPlace />;
    default:
      return project === undefined ? <NoProject /> : <Inbox key={project.id} />;
  }
}

function deskOf(
  api: Api,
  user: User,
  project: Project,
  tabs: Tabs,
  open: (conversation: string) => void,
  refused: (what: "status" | "assign") => void,
): Desk {
  const desk: Desk = new Desk(
    api,
    user.id,
    project.id,
    preferences().view,
    (events) => new SocketLine(api, project.id, events),
    {
      announced: (conversation, body) => {
        if (!concerns(desk.state, conversation)) return;
        if (watched() && desk.state.open === conversation) return;
        const visitor = desk.state.entries.get(conversation)?.conversation.visitor;
        const name = visitor === undefined ? project.name : nameOf(visitor, currentLanguage());
        void call(tabs, { conversation, name, body, clicked: () => open(conversation) });
      },
      refused,
    },
  );
  return desk;
}

/** Lets this agent's other tabs know what is being read here. */
function useReading(desk: Desk | null, tabs: Tabs): void {
  useEffect(() => {
    if (desk === null) return undefined;
    const look = (): void => tabs.read(watched() ? desk.state.open : null);
    look();
    const stop = desk.subscribe(look);
    const events = ["focus", "blur"] as const;
    for (const name of events) addEventListener(name, look);
    document.addEventListener("visibilitychange", look);
    return () => {
      stop();
      for (const name of events) removeEventListener(name, look);
      document.removeEventListener("visibilitychange", look);
      tabs.close();
    };
  }, [desk, tabs]);
}

/** Runs the desk of the project, and keeps unsent replies from being closed. */
function useDesk(desk: Desk | null, project: Project | undefined): void {
  useEffect(() => {
    if (desk === null || project === undefined) return undefined;
    prefer({ project: project.id });
    desk.start();
    // Only this page holds what is not sent yet.
    const leaving = (event: BeforeUnloadEvent): void => {
      if ([...desk.state.threads.values()].some((thread) => thread.replies.length > 0)) event.preventDefault();
    };
    addEventListener("beforeunload", leaving);
    return () => {
      removeEventListener("beforeunload", leaving);
      desk.stop();
    };
  }, [desk]);
}

/** The desk follows the address, also back and forward; an address of nowhere becomes the list. */
function useAddress(desk: Desk | null, project: Project | undefined, place: Place): void {
  useEffect(() => {
    if (desk === null || project === undefined) return;
    const elsewhere = (place.name === "inbox" || place.name === "project settings") && place.project !== project.id;
    if (elsewhere) return visit({ name: "inbox", project: project.id, conversation: null }, "replace");
    if (place.name !== "inbox") return desk.dispatch({ type: "open", conversation: null });
    if (desk.state.open !== place.conversation) desk.dispatch({ type: "open", conversation: place.conversation });
  }, [desk, place]);
}

function projectOf(place: Place): string | null {
  return place.name === "inbox" || place.name === "project settings" ? place.project : null;
}

/** The one in the address, else the one at work in, else the one worked in last, else the first. */
function currentProject(projects: readonly Project[], wanted: readonly (string | null)[]): Project | undefined {
  for (const id of wanted) {
    const found = projects.find((one) => one.id === id);
    if (found !== undefined) return found;
  }
  return projects[0];
}
