/** The session context of all pages behind the sign-in: user, projects and authenticated REST client. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { MyProject, User } from "../../rest/types";
import type { Api } from "../rest/api";

export interface Session {
  readonly api: Api;
  readonly user: User;
  readonly projects: readonly MyProject[];
  /** The user was changed over REST: takes the response. */
  changed(user: User): void;
  /** Projects were created, left, renamed or deleted: loads them again. */
  reload(): Promise<void>;
  signOut(): void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession needs a SessionContext");
  return session;
}
