/** The signed-in app: the store of the current project, its route, and the dialogs over the inbox. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { MyProject, User } from "../../rest/types";
import type { Api } from "../rest/api";
import { loadPreferences, quietNow, shownText } from "../notifications/account";
import { Attention } from "../notifications/attention";
import { startNotifications } from "../notifications/start";
import { InboxStore } from "../store/inbox_store";
import { concerns, listed, partOf } from "../state/select";
import { Alerts, browserChannel } from "../store/alert";
import { watched } from "../store/notices";
import { prefer, preferences } from "../store/preferences";
import { SocketConnection } from "../store/socket_connection";
import { browserLocks, Tabs } from "../store/tabs";
import { currentRoute, type Route, useRoute, navigate } from "../router";
import { type FilterKey, inOrder } from "../state/filter";
import { nameOf } from "../state/placeholder_names";
import { spokenLanguage } from "../texts/areas";
import { changeAll, undoAll } from "../bulk/changes";
import type { Conversation } from "../state/model";
import type { CopilotPageProps } from "../copilot/page/page";
import { TryPage } from "../first_steps/lazy";
import { DeleteDialog } from "./dialogs/delete";
import { PaletteDialog } from "./dialogs/palette";
import { SettingsDialog } from "./dialogs/settings";
import { Inbox } from "./inbox";
import { lazy } from "./lazy";
import { inboxTranslator } from "../texts/i18n";
import { useSession } from "./session";
import { type Notice, Toast } from "./toast";
import { type Dialog, type Go, WorkspaceContext } from "./hooks";

const NotFound = lazy(async () => (await import("./not_found")).NotFound);
const NoProject = lazy(async () => (await import("../auth/no_project")).NoProject);
const AccountPage = lazy(async () => (await import("../settings/pages")).AccountPage);
const AdminPage = lazy(async () => (await import("../settings/pages")).AdminPage);
const ProjectSettingsPage = lazy(async () => (await import("../settings/pages")).ProjectSettingsPage);
const NewProjectPage = lazy(async () => (await import("../settings/pages")).NewProjectPage);
const CopilotPage = lazy<CopilotPageProps>(async () => (await import("../copilot/beside")).CopilotPage);
const SearchDialog = lazy<{ readonly onClose: () => void }>(
  async () => (await import("../search/dialog")).SearchDialog,
  () => null,
);
const ShortcutsDialog = lazy<{ readonly onClose: () => void }>(
  async () => (await import("../shortcuts/dialog")).ShortcutsDialog,
  () => null,
);

export function SignedInApp(): JSX.Element {
  const { api, user, projects, signOut } = useSession();
  const route = useRoute();
  const last = useRef("");
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [notice, setNotice] = useState<Notice | null>(null);
  const [deleting, setDeleting] = useState<Conversation | null>(null);
  const shown = useRef<Notice | null>(null);
  shown.current = notice;
  const project = currentProject(projects, [projectOf(route), last.current, preferences().project]);
  last.current = project?.id ?? "";
  const open = useRef<(conversation: string | null) => void>(() => undefined);

  const tabs = useMemo(() => new Tabs(user.id, project?.id ?? "", browserLocks()), [user.id, project?.id]);
  const attention = useMemo(() => new Attention(api, project?.id ?? ""), [api, project?.id]);
  const alerts = useMemo(
    () =>
      new Alerts(
        tabs,
        attention,
        project?.id ?? "",
        (to) => open.current(to),
        browserChannel(user.id, project?.id ?? ""),
      ),
    [tabs, attention],
  );
  useEffect(() => (project === undefined ? undefined : attention.start()), [attention]);
  useEffect(() => () => alerts.close(), [alerts]);
  const store = useMemo(
    () =>
      project === undefined
        ? null
        : inboxStoreOf(api, user, project, alerts, (what) => setNotice({ type: "refused", what })),
    [api, user.id, project?.id, tabs, alerts],
  );
  useReading(store, tabs);
  useInboxStore(store, project);
  useAddress(store, project, route);

  const go = useMemo<Go>(
    () => ({
      open: (conversation) => {
        if (store === null || project === undefined) return;
        const inside = currentRoute().name === "inbox";
        if (inside && store.state.open === conversation) return;
        // Replaces the history entry between conversations, so that one step back leads to the list, as on a phone.
        navigate(
          { name: "inbox", project: project.id, conversation, filter: store.state.view },
          inside && store.state.open !== null ? "replace" : "push",
        );
        store.dispatch({ type: "open", conversation });
      },
      project: (next) => navigate({ name: "inbox", project: next, conversation: null }),
      dialog: setDialog,
      status: (row, to) => {
        setNotice({
          type: "status",
          conversation: row.id,
          name: nameOf(row.visitor, spokenLanguage()),
          from: row.status,
          to,
        });
        const next = to === "solved" && preferences().advance ? nextAfter(store, row.id) : row.id;
        void store?.setStatus(row.id, to);
        if (next !== row.id) open.current(next);
      },
      owner: (row, to) => {
        setNotice({ type: "owner", name: nameOf(row.visitor, spokenLanguage()), to });
        void store?.ownership.give(row.id, to);
      },
      changeAll: (rows, change) => {
        if (store === null || project === undefined || rows.length === 0) return;
        store.dispatch({ type: "select none" });
        void changeAll(api, project.id, rows, change).then((outcome) => setNotice({ type: "bulk", change, outcome }));
      },
      deletion: (row) => setDeleting(row),
      undo: () => {
        const last = shown.current;
        if (last?.type === "bulk" && last.outcome.undo.size > 0 && project !== undefined) {
          setNotice(null);
          void undoAll(api, project.id, last.outcome.undo).then((failed) => {
            if (failed > 0) setNotice({ type: "refused", what: "status" });
          });
        }
        if (last?.type !== "status") return;
        setNotice(null);
        void store?.setStatus(last.conversation, last.from);
        // Back to where it was solved, if another one has been opened instead.
        if (last.to === "solved" && preferences().advance) open.current(last.conversation);
      },
      signOut,
    }),
    [store, project, api, signOut],
  );
  open.current = go.open;

  useEffect(
    () =>
      startNotifications(api, user.id, (to) =>
        navigate({ name: "inbox", project: to.project, conversation: to.conversation }),
      ),
    [api, user.id],
  );
  useEffect(() => store?.onTouched(partOf("notifications", user.id), () => void loadPreferences(api)), [store]);

  const close = (): void => setDialog(null);
  const workspace = store === null || project === undefined ? null : { store, user, projects, project, go };
  return (
    <WorkspaceContext.Provider value={workspace}>
      <Page route={route} project={project} />
      {dialog === "palette" && workspace !== null ? <PaletteDialog onClose={close} /> : null}
      {dialog === "search" && workspace !== null ? <SearchDialog onClose={close} /> : null}
      {dialog === "keys" ? <ShortcutsDialog onClose={close} /> : null}
      {dialog === "settings" ? <SettingsDialog onClose={close} /> : null}
      {deleting !== null && workspace !== null ? (
        <DeleteDialog row={deleting} onDone={setNotice} onClose={() => setDeleting(null)} />
      ) : null}
      <Toast notice={notice} onUndo={go.undo} onClose={() => setNotice(null)} />
    </WorkspaceContext.Provider>
  );
}

/** The store keeps running behind every page, so that an agent who is in the settings is still alerted. */
function Page({ route, project }: { readonly route: Route; readonly project: MyProject | undefined }): JSX.Element {
  switch (route.name) {
    case "account":
      return <AccountPage section={route.section} />;
    case "admin":
      return <AdminPage section={route.section} />;
    case "new project":
      return <NewProjectPage />;
    case "project settings":
      return project === undefined ? (
        <NoProject />
      ) : (
        <ProjectSettingsPage key={project.id} project={project} section={route.section} />
      );
    case "copilot":
      return project === undefined ? <NoProject /> : <CopilotPage key={project.id} place={route.place} />;
    case "try":
      return project === undefined ? <NoProject /> : <TryPage key={project.id} project={project.id} />;
    case "missing":
      return <NotFound />;
    default:
      return project === undefined ? <NoProject /> : <Inbox key={project.id} />;
  }
}

function inboxStoreOf(
  api: Api,
  user: User,
  project: MyProject,
  alerts: Alerts,
  refused: (what: "status" | "assign" | "owner") => void,
): InboxStore {
  const store: InboxStore = new InboxStore(
    api,
    user.id,
    project.id,
    filterAtStart(project),
    (events) => new SocketConnection(api, project.id, events),
    {
      announced: (conversation, seq, body) => {
        if (!concerns(store.state, conversation) || quietNow()) return;
        if (watched() && store.state.open === conversation) return;
        const visitor = store.state.entries.get(conversation)?.conversation.visitor;
        const name = visitor === undefined ? project.name : nameOf(visitor, spokenLanguage());
        const shown = shownText();
        void alerts.announce({
          key: `${conversation}:${seq}`,
          conversation,
          name: shown === "nothing" ? project.name : name,
          body: shown === "text" ? body : inboxTranslator(spokenLanguage())("alert.new"),
        });
      },
      refused,
    },
  );
  return store;
}

/** What to open when the open conversation is solved: the one below it, else the one above, else the list. */
function nextAfter(store: InboxStore | null, id: string): string | null {
  if (store === null || store.state.open !== id) return id;
  const ids = listed(store.state).map((one) => one.id);
  const at = ids.indexOf(id);
  return ids[at + 1] ?? ids[at - 1] ?? null;
}

/** The filter that the address names, else the view that was picked last. */
function filterAtStart(project: MyProject): FilterKey {
  const here = currentRoute();
  const named = here.name === "inbox" && here.project === project.id ? here.filter : undefined;
  return named ?? inOrder(preferences().view, preferences().waiting);
}

/** Announces to the agent's other tabs which conversation is being read here. */
function useReading(store: InboxStore | null, tabs: Tabs): void {
  useEffect(() => {
    if (store === null) return undefined;
    const look = (): void => tabs.read(watched() ? store.state.open : null);
    look();
    const stop = store.subscribe(look);
    const events = ["focus", "blur"] as const;
    for (const name of events) addEventListener(name, look);
    document.addEventListener("visibilitychange", look);
    return () => {
      stop();
      for (const name of events) removeEventListener(name, look);
      document.removeEventListener("visibilitychange", look);
      tabs.close();
    };
  }, [store, tabs]);
}

/** Starts and stops the project's store, and warns before the page closes with unsent replies. */
function useInboxStore(store: InboxStore | null, project: MyProject | undefined): void {
  useEffect(() => {
    if (store === null || project === undefined) return undefined;
    prefer({ project: project.id });
    store.start();
    // Unsent replies are only in this page's memory.
    const leaving = (event: BeforeUnloadEvent): void => {
      if ([...store.state.threads.values()].some((thread) => thread.replies.length > 0)) event.preventDefault();
    };
    addEventListener("beforeunload", leaving);
    return () => {
      removeEventListener("beforeunload", leaving);
      store.stop();
    };
  }, [store]);
}

/** The store follows the route, also on back and forward; the route of another project becomes the list. */
function useAddress(store: InboxStore | null, project: MyProject | undefined, route: Route): void {
  useEffect(() => {
    if (store === null || project === undefined) return;
    const elsewhere = "project" in route && route.project !== project.id;
    if (elsewhere) return navigate({ name: "inbox", project: project.id, conversation: null }, "replace");
    if (route.name !== "inbox") return store.dispatch({ type: "open", conversation: null });
    if (route.filter !== undefined) store.dispatch({ type: "view", view: route.filter });
    if (store.state.open !== route.conversation) store.dispatch({ type: "open", conversation: route.conversation });
  }, [store, route]);
  // The address follows the filter; one without a filter keeps what is shown.
  useEffect(() => {
    if (store === null || project === undefined) return undefined;
    const follow = (): void => {
      const here = currentRoute();
      const { view } = store.state;
      if (here.name !== "inbox" || here.project !== project.id || (here.filter ?? "open") === view) return;
      navigate({ ...here, filter: view }, "replace");
    };
    follow();
    return store.subscribe(follow);
  }, [store, project?.id, route]);
}

function projectOf(route: Route): string | null {
  return "project" in route ? route.project : null;
}

/** The project of the route, else the current one, else the last used one, else the first. */
function currentProject(projects: readonly MyProject[], wanted: readonly (string | null)[]): MyProject | undefined {
  for (const id of wanted) {
    const found = projects.find((one) => one.id === id);
    if (found !== undefined) return found;
  }
  return projects[0];
}
