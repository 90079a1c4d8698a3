/** The whole screen: restoring a session, signing in, or at work in a project. */

import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { wearTheme } from "../../ui/theme";
import { Api, Problem, type SignedIn } from "../desk/api";
import { allowSound } from "../desk/notices";
import { followOtherTabs, preferences } from "../desk/preferences";
import type { Project, User } from "../state/model";
import { Mark } from "./parts/icons";
import { Empty } from "./parts/small";
import { SignIn } from "./signin";
import { usePreferences, useWords } from "./use";
import { Work } from "./work";

const RESTORE_RETRY = 4_000; // ms

type Phase =
  | { readonly name: "restoring"; readonly away: boolean }
  | { readonly name: "signed out"; readonly ended: boolean }
  | { readonly name: "at work"; readonly user: User; readonly projects: readonly Project[] };

export function App(): JSX.Element {
  const { language } = useWords();
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
    // Who never worked here has no session: to ask for one would only put an error into their console.
    if (preferences().project === "") setPhase({ name: "signed out", ended: false });
    else void restore();
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
      return <Restoring away={phase.away} onRetry={() => void restore()} />;
    case "signed out":
      return <SignIn api={api} ended={phase.ended} onSignedIn={(answer) => void enter(answer).catch(() => setPhase({ name: "restoring", away: true }))} />;
    case "at work":
      return <Work api={api} user={phase.user} projects={phase.projects} signOut={signOut} />;
    default:
      return never(phase);
  }
}

function Restoring({ away, onRetry }: { readonly away: boolean; readonly onRetry: () => void }): JSX.Element {
  const { say } = useWords();
  if (!away) return <main class="splash" aria-busy="true"><Mark size={44} /><p>{say("restoring")}</p></main>;
  return (
    <main class="splash">
      <Empty icon="wifi_off" title={say("restoring.away")} lead={say("restoring.away.lead")}>
        <button type="button" class="button is-primary" onClick={onRetry}>{say("retry")}</button>
      </Empty>
    </main>
  );
}

function never(value: never): never {
  throw new Error(`not a phase: ${JSON.stringify(value)}`);
}
