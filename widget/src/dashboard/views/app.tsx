/** The whole screen: restoring a session, signing in, or at work in a project. */

import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { wearTheme } from "../../ui/theme";
import { Api, Problem, type SignedIn } from "../desk/api";
import { concerns, Desk } from "../desk/desk";
import { allowSound, notify, sound, watched } from "../desk/notices";
import { pathOf, placeOf } from "../desk/place";
import { followOtherTabs, prefer, preferences } from "../desk/preferences";
import { SocketLine } from "../desk/socket_line";
import type { Project, User } from "../state/model";
import { KeysDialog } from "./dialogs/keys";
import { PaletteDialog } from "./dialogs/palette";
import { SettingsDialog } from "./dialogs/settings";
import { Inbox } from "./inbox";
import { Mark } from "./parts/icons";
import { Empty, IconButton } from "./parts/small";
import { SignIn } from "./signin";
import { type Dialog, type Go, RoomContext, usePreferences, useWords } from "./use";

const RESTORE_RETRY = 4_000; // ms

type Phase =
  | { readonly name: "restoring"; readonly away: boolean }
  | { readonly name: "signed out"; readonly ended: boolean }
  | { readonly name: "at work"; readonly user: User; readonly projects: readonly Project[] };

export function App(): JSX.Element {
  const { say, language } = useWords();
  const { theme } = usePreferences();
  const [phase, setPhase] = useState<Phase>({ name: "restoring", away: false });
  const api = useMemo(() => new Api("/api/v1", () => setPhase({ name: "signed out", ended: true })), []);

  const enter = useCallback(async (answer: SignedIn): Promise<void> => {
    const projects = await api.projects();
    setPhase({ name: "at work", user: answer.user, projects });
  }, [api]);
  const restore = useCallback(async (): Promise<void> => {
    try {
      await enter(await api.restore());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setPhase(error.temporary ? { name: "restoring", away: true } : { name: "signed out", ended: false });
    }
  }, [api, enter]);
  const signOut = useCallback((): void => {
    void api.signOut().then(() => setPhase({ name: "signed out", ended: false }));
  }, [api]);

  useEffect(() => {
    followOtherTabs();
    addEventListener("pointerdown", allowSound, { once: true });
    addEventListener("keydown", allowSound, { once: true });
    void restore();
  }, []);
  useEffect(() => {
    if (phase.name !== "restoring" || !phase.away) return undefined;
    const timer = setTimeout(() => void restore(), RESTORE_RETRY);
    return () => clearTimeout(timer);
  }, [phase, restore]);
  useEffect(() => wearTheme(document.documentElement, theme), [theme]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  switch (phase.name) {
    case "restoring":
      return phase.away ? (
        <main class="splash">
          <Empty icon="wifi_off" title={say("restoring.away")} lead={say("restoring.away.lead")}>
            <button type="button" class="button is-primary" onClick={() => void restore()}>{say("retry")}</button>
          </Empty>
        </main>
      ) : <main class="splash" aria-busy="true"><Mark size={44} /><p>{say("restoring")}</p></main>;
    case "signed out":
      return <SignIn api={api} ended={phase.ended} onSignedIn={(answer) => void enter(answer).catch(() => setPhase({ name: "restoring", away: true }))} />;
    case "at work":
      return <Work api={api} user={phase.user} projects={phase.projects} signOut={signOut} />;
    default:
      return never(phase);
  }
}

interface WorkProps {
  readonly api: Api;
  readonly user: User;
  readonly projects: readonly Project[];
  readonly signOut: () => void;
}

function Work({ api, user, projects, signOut }: WorkProps): JSX.Element {
  const { say } = useWords();
  const [id, setId] = useState(() => firstProject(projects));
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const [toast, setToast] = useState<"status" | "assign" | null>(null);
  const project = projects.find((one) => one.id === id);
  const openRef = useRef<(conversation: string | null) => void>(() => undefined);

  const desk = useMemo(() => {
    if (project === undefined) return null;
    const made: Desk = new Desk(api, user.id, project.id, preferences().view, (events) => new SocketLine(api, project.id, events), {
      announced: (conversation, body) => {
        if (!concerns(made.state, conversation)) return;
        if (watched() && made.state.open === conversation) return;
        sound(Date.now());
        const name = made.state.entries.get(conversation)?.conversation.visitor.name ?? project.name;
        if (!watched()) notify(name, body, conversation, () => openRef.current(conversation));
      },
      refused: setToast,
    });
    return made;
  }, [api, user.id, project?.id]);

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
      if (to.project !== null && to.project !== project.id) return setId(to.project);
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
  openRef.current = go.open;

  if (desk === null || project === undefined) {
    return (
      <main class="splash">
        <Empty icon="inbox" title={say("noprojects")} lead={say("noprojects.lead")}>
          <button type="button" class="button" onClick={signOut}>{say("account.signout")}</button>
        </Empty>
      </main>
    );
  }
  const close = (): void => setDialog(null);
  return (
    <RoomContext.Provider value={{ desk, user, projects, project, go }}>
      <Inbox key={project.id} />
      {dialog === "palette" ? <PaletteDialog onClose={close} /> : null}
      {dialog === "keys" ? <KeysDialog onClose={close} /> : null}
      {dialog === "settings" ? <SettingsDialog onClose={close} /> : null}
      <Toast what={toast} onClose={() => setToast(null)} />
    </RoomContext.Provider>
  );
}

function Toast({ what, onClose }: { readonly what: "status" | "assign" | null; readonly onClose: () => void }): JSX.Element {
  const { say } = useWords();
  useEffect(() => {
    if (what === null) return undefined;
    const timer = setTimeout(onClose, 6_000);
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

function never(value: never): never {
  throw new Error(`not a phase: ${JSON.stringify(value)}`);
}
