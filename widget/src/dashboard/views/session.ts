/** Who is signed in, for every page inside: the person, their projects, and REST in their name. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Api } from "../rest/api";
import type { Project, User } from "../state/model";

export interface Session {
  readonly api: Api;
  readonly user: User;
  readonly projects: readonly Project[];
  /** The person changed over REST: what REST answered. */
  changed(user: User): void;
  /** Projects were made, left, renamed or deleted: asks REST again. */
  reload(): Promise<void>;
  signOut(): void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("nobody is signed in around this view");
  return session;
}
