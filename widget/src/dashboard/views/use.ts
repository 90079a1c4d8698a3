/** How views read the desk: once per painted frame however much happened in it. */

import { createContext } from "preact";
import { useContext, useEffect, useMemo, useReducer, useState } from "preact/hooks";

import { onPreference, preferences, type Preferences } from "../store/preferences";
import type { InboxStore } from "../store/inbox_store";
import type { Conversation, Project, State, Status, User } from "../state/model";
import { type Language, languageOf, type Translate, inboxTranslator } from "../texts/say";

/** What belongs to the whole screen; the desk changes with the project. */
export interface Workspace {
  readonly store: InboxStore;
  readonly user: User;
  readonly projects: readonly Project[];
  readonly project: Project;
  readonly go: Go;
}

/** Where the agent can go from anywhere. */
export interface Go {
  open(conversation: string | null): void;
  project(id: string): void;
  dialog(name: Dialog | null): void;
  /** Changes the status and offers to undo it. */
  status(row: Conversation, status: Status): void;
  /** Takes back the last change of a status, while it is offered. */
  undo(): void;
  signOut(): void;
}

export type Dialog = "palette" | "keys" | "settings";

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === null) throw new Error("no room around this view");
  return workspace;
}

export function useInboxState(): State {
  const { store } = useWorkspace();
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let asked = 0;
    const stop = store.subscribe(() => {
      if (asked !== 0) return;
      asked = requestAnimationFrame(() => {
        asked = 0;
        again(undefined);
      });
    });
    again(undefined); // something may have happened between the first paint and this effect
    return () => {
      stop();
      cancelAnimationFrame(asked);
    };
  }, [store]);
  return store.state;
}

export function usePreferences(): Preferences {
  const [value, set] = useState(preferences());
  useEffect(() => onPreference(() => set(preferences())), []);
  return value;
}

export interface I18n {
  readonly t: Translate;
  readonly language: Language;
}

export function useI18n(): I18n {
  const language = useLanguage();
  return useMemo(() => ({ t: inboxTranslator(language), language }), [language]);
}

/** What this machine was told to speak, else what the profile says, else the browser. */
export function useLanguage(): Language {
  usePreferences();
  return currentLanguage();
}

export function currentLanguage(): Language {
  const { language, profile_language } = preferences();
  return languageOf(language === "" ? profile_language : language, navigator.languages);
}

/** The time, renewed every `every` ms, for what grows older on screen. */
export function useNow(every = 30_000): number {
  const [now, set] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** A phone: one pane at a time, the rail at the bottom. shell.css says the same widths. */
export function useNarrow(): boolean {
  return useMedia("(max-width: 760px)");
}

/** List and conversation stand side by side. */
export function useBothPanes(): boolean {
  return useMedia("(min-width: 900px)");
}

/** No place for the visitor's panel beside list and conversation: it opens over them. */
export function usePanelSheet(): boolean {
  return useMedia("(max-width: 1180px)");
}

function useMedia(text: string): boolean {
  const query = useMemo(() => matchMedia(text), [text]);
  const [matches, set] = useState(query.matches);
  useEffect(() => {
    const changed = (): void => set(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, [query]);
  return matches;
}
