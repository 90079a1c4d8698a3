/** Hooks and contexts of the views. They read the store at most once per animation frame. */

import { createContext } from "preact";
import { useContext, useEffect, useMemo, useReducer, useState } from "preact/hooks";

import type { MyProject, User } from "../../rest/types";
import { onPreference, preferences, type Preferences } from "../store/preferences";
import type { Change } from "../bulk/changes";
import type { InboxStore } from "../store/inbox_store";
import type { Owner } from "../store/ownership";
import type { Conversation, State, Status } from "../state/model";
import { onSpoken, spokenLanguage } from "../texts/areas";
import { type Language, languageOf, type Translate, inboxTranslator } from "../texts/i18n";

/** The context of the whole screen; the store changes with the project. */
export interface Workspace {
  readonly store: InboxStore;
  readonly user: User;
  readonly projects: readonly MyProject[];
  readonly project: MyProject;
  readonly go: Go;
}

/** Navigation and commands that every view can use. */
export interface Go {
  open(conversation: string | null): void;
  project(id: string): void;
  dialog(name: Dialog | null): void;
  /** Changes the status and offers to undo it. */
  status(row: Conversation, status: Status): void;
  /** Takes it over from the assistant, or gives it back. */
  owner(row: Conversation, to: Owner): void;
  /** Changes many conversations, unselects them, and offers to undo a change of status. */
  changeAll(rows: readonly Conversation[], change: Change): void;
  /** Deletes it after a confirmation; for managers. */
  deletion(row: Conversation): void;
  /** Undoes the last change of a status while the toast is shown. */
  undo(): void;
  signOut(): void;
}

export type Dialog = "palette" | "search" | "keys" | "settings";

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (workspace === null) throw new Error("useWorkspace needs a WorkspaceContext");
  return workspace;
}

export function useInboxState(): State {
  const { store } = useWorkspace();
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let asked = 0;
    const stop = store.subscribe(() => {
      if (asked !== 0) return;
      asked = requestAnimationFrame(() => {
        asked = 0;
        rerender(undefined);
      });
    });
    rerender(undefined); // the state may have changed between the first paint and this effect
    return () => {
      stop();
      cancelAnimationFrame(asked);
    };
  }, [store]);
  return store.state;
}

export function usePreferences(): Preferences {
  const [value, set] = useState(preferences());
  useEffect(() => {
    const changed = (): void => set(preferences());
    const stop = onPreference(changed);
    changed(); // as above
    return stop;
  }, []);
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

/** The language that is spoken; it follows the one that is chosen as soon as its texts are here. */
export function useLanguage(): Language {
  const [, rerender] = useReducer((count: number) => count + 1, 0);
  const shown = spokenLanguage();
  useEffect(() => {
    const stop = onSpoken(() => rerender(undefined));
    if (spokenLanguage() !== shown) rerender(undefined); // between the first paint and this effect
    return stop;
  }, []);
  return shown;
}

/** The choice of this browser, else of the profile, else of the browser. */
export function chosenLanguage(): Language {
  const { language, profile_language } = preferences();
  return languageOf(language === "" ? profile_language : language, navigator.languages);
}

/** The current time, updated every `every` ms, for relative times on screen. */
export function useNow(every = 30_000): number {
  const [now, set] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** A phone: one pane at a time, the rail at the bottom. shell.css uses the same widths. */
export function useNarrow(): boolean {
  return useMedia("(max-width: 760px)");
}

/** List and conversation are side by side. */
export function useBothPanes(): boolean {
  return useMedia("(min-width: 900px)");
}

/** Too narrow for three panes: the visitor panel opens over the others. */
export function usePanelSheet(): boolean {
  return useMedia("(max-width: 1180px)");
}

export function useMedia(text: string): boolean {
  const query = useMemo(() => matchMedia(text), [text]);
  const [matches, set] = useState(query.matches);
  useEffect(() => {
    const changed = (): void => set(query.matches);
    query.addEventListener("change", changed);
    changed(); // the width may have changed between the first render and this effect
    return () => query.removeEventListener("change", changed);
  }, [query]);
  return matches;
}
