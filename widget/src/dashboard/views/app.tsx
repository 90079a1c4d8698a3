/** The app: restores the session, then shows the sign-in pages or the inbox. */

import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { wearTheme } from "../../ui/theme";
import type { MyProject, SignedIn, User } from "../../rest/types";
import { Api, Problem } from "../rest/api";
import { known, type Language } from "../texts/i18n";
import { forgetDrafts, tabStorage } from "../store/drafts";
import { holdInstallPrompt } from "../notifications/installing";
import { forget } from "../notifications/subscription";
import { allowSound } from "../store/notices";
import { followOtherTabs, prefer, preferences } from "../store/preferences";
import { currentRoute, isPublic, pathOf, type Route, routeOf, useRoute, navigate } from "../router";
import { lazy } from "./lazy";
import { Mark } from "./parts/icons";
import { Empty } from "./parts/components";
import { type Session, SessionContext } from "./session";
import { useLanguage, usePreferences, useI18n } from "./hooks";
import { useOnScreenKeyboard } from "./phone/on_screen_keyboard";
import { SignedInApp } from "./signed_in_app";

const RESTORE_RETRY = 4_000; // ms
const INBOX: Route = { name: "inbox", project: null, conversation: null };

const AuthPages = lazy(async () => (await import("../auth/auth")).AuthPages);

type Phase =
  | { readonly name: "restoring"; readonly away: boolean }
  | { readonly name: "signed out"; readonly ended: boolean }
  | { readonly name: "at work"; readonly user: User; readonly projects: readonly MyProject[] };

export function App(): JSX.Element {
  const language = useLanguage();
  const { theme } = usePreferences();
  const route = useRoute();
  const [phase, setPhase] = useState<Phase>({ name: "restoring", away: false });

  const leave = useCallback((ended: boolean): void => {
    prefer({ signed_in: false, profile_language: "" });
    setPhase({ name: "signed out", ended });
  }, []);
  const api = useMemo(() => new Api("/api/v1", () => leave(true)), []);
  const enter = useCallback(
    async (answer: SignedIn): Promise<void> => {
      api.keep(answer);
      prefer({ signed_in: true, profile_language: spoken(answer.user) });
      try {
        const projects = await api.projects();
        setPhase({ name: "at work", user: answer.user, projects });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.temporary) setPhase({ name: "restoring", away: true });
        else leave(true);
      }
    },
    [api],
  );
  const restore = useCallback(async (): Promise<void> => {
    try {
      await enter(await api.restore());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.temporary) setPhase({ name: "restoring", away: true });
      else leave(false);
    }
  }, [api, enter]);
  const signOut = useCallback(async (): Promise<void> => {
    void forget(); // not awaited: a push service may be slow
    await api.signOut();
    forgetDrafts(tabStorage());
    leave(false);
  }, [api]);
  const signOutFromInside = useCallback((): void => {
    void signOut().then(() => navigate({ name: "sign in", to: "" }, "replace")); // the next user starts at the inbox
  }, [signOut]);

  useEffect(() => {
    followOtherTabs();
    holdInstallPrompt();
    addEventListener("pointerdown", allowSound, { once: true });
    addEventListener("keydown", allowSound, { once: true });
    // A browser without a sign-in has no session: a refresh would only log an error in the console.
    // On the OIDC return page the cookie may be about to change.
    if (preferences().signed_in && currentRoute().name !== "provider return") void restore();
    else setPhase({ name: "signed out", ended: false });
  }, []);
  useEffect(() => {
    if (phase.name !== "restoring" || !phase.away) return undefined;
    const timer = setTimeout(() => void restore(), RESTORE_RETRY);
    return () => clearTimeout(timer);
  }, [phase, restore]);
  useOnScreenKeyboard();
  useEffect(() => wearTheme(document.documentElement, theme), [theme]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    const to = detour(phase, route);
    if (to !== null) navigate(to, "replace");
  }, [phase, route]);

  const session = useMemo<Session | null>(
    () =>
      phase.name !== "at work"
        ? null
        : {
            api,
            user: phase.user,
            projects: phase.projects,
            changed: (user) => {
              prefer({ profile_language: spoken(user) });
              setPhase((now) => (now.name === "at work" ? { ...now, user } : now));
            },
            reload: async () => {
              const projects = await api.projects();
              setPhase((now) => (now.name === "at work" ? { ...now, projects } : now));
            },
            signOut: signOutFromInside,
          },
    [phase, api],
  );

  if (phase.name === "restoring" && !standsAlone(route))
    return <Restoring away={phase.away} onRetry={() => void restore()} />;
  if (isPublic(route) || phase.name === "signed out") {
    return (
      <AuthPages
        api={api}
        route={route}
        session={session}
        ended={phase.name === "signed out" && phase.ended}
        onSignedIn={enter}
        onSignOut={signOut}
        onSignedOut={() => leave(false)}
        onRestore={restore}
      />
    );
  }
  if (session === null) return <Restoring away={false} onRetry={() => void restore()} />;
  return (
    <SessionContext.Provider value={session}>
      <SignedInApp />
    </SessionContext.Provider>
  );
}

/** The redirect for a route that does not fit the sign-in state, or null. */
function detour(phase: Phase, route: Route): Route | null {
  if (phase.name === "signed out" && !isPublic(route)) {
    const to = pathOf(route);
    return { name: "sign in", to: to === "/app" ? "" : to };
  }
  if (phase.name !== "at work") return null;
  if (route.name === "sign in") return returning(route.to);
  return route.name === "register" || route.name === "check mail" || route.name === "forgot" ? INBOX : null;
}

function returning(path: string): Route {
  return path === "" ? INBOX : routeOf({ pathname: path, search: "", hash: "" });
}

/** Routes that work the same with and without a session need not wait for the restore. */
function standsAlone({ name }: Route): boolean {
  return name === "verify" || name === "reset" || name === "email" || name === "provider return";
}

function spoken({ language }: User): "" | Language {
  return known(language) ?? "";
}

function Restoring({ away, onRetry }: { readonly away: boolean; readonly onRetry: () => void }): JSX.Element {
  const { t } = useI18n();
  if (!away)
    return (
      <main class="splash" aria-busy="true">
        <Mark size={44} />
        <p>{t("restoring")}</p>
      </main>
    );
  return (
    <main class="splash">
      <Empty
        icon="wifi_off"
        title={t(navigator.onLine ? "restoring.away" : "restoring.offline")}
        lead={t("restoring.away.lead")}
      >
        <button type="button" class="button is-primary" onClick={onRetry}>
          {t("retry")}
        </button>
      </Empty>
    </main>
  );
}
