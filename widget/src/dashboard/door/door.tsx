/** Everything before the inbox, by place. */

import type { JSX } from "preact";

import type { Api, SignedIn } from "../desk/api";
import type { Place } from "../places";
import type { Session } from "../views/session";
import { SignIn } from "./sign_in";

export interface DoorProps {
  readonly api: Api;
  readonly place: Place;
  readonly session: Session | null; // of whoever is signed in and came here all the same
  readonly ended: boolean; // a session was lost, it is not a first visit
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onSignOut: () => Promise<void>;
  readonly onSignedOut: () => void; // REST ended the session by itself
}

export function Door({ api, ended, onSignedIn }: DoorProps): JSX.Element {
  return <SignIn api={api} ended={ended} onSignedIn={(answer) => void onSignedIn(answer)} />;
}
