/** Everything before the inbox, by place. */

import type { JSX } from "preact";

import type { Api, SignedIn } from "../desk/api";
import type { Place } from "../places";
import type { Session } from "../views/session";
import { CheckMail } from "./check_mail";
import { Invitation } from "./invitation";
import { Confirm } from "./mailed";
import { Forgot, Reset } from "./password_reset";
import { ProviderReturn } from "./provider_return";
import { Register } from "./register";
import { SignIn } from "./sign_in";
import { useDoorWords } from "./words";

export interface DoorProps {
  readonly api: Api;
  readonly place: Place;
  readonly session: Session | null; // of whoever is signed in and came here all the same
  readonly ended: boolean; // a session was lost, it is not a first visit
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onSignOut: () => Promise<void>;
  readonly onSignedOut: () => void; // REST ended every session by itself
  readonly onRestore: () => Promise<void>; // the cookie may still be good
}

export function Door({
  api,
  place,
  session,
  ended,
  onSignedIn,
  onSignOut,
  onSignedOut,
  onRestore,
}: DoorProps): JSX.Element {
  const { say } = useDoorWords();
  switch (place.name) {
    case "register":
      return <Register api={api} onSignedIn={onSignedIn} />;
    case "check mail":
      return <CheckMail key={place.email} api={api} email={place.email} />;
    case "forgot":
      return <Forgot api={api} email={place.email} />;
    case "verify":
    case "email":
      return (
        <Confirm
          key={place.token}
          api={api}
          what={place.name}
          token={place.token}
          inside={session !== null}
          onSignedOut={onSignedOut}
        />
      );
    case "reset":
      return <Reset key={place.token} api={api} token={place.token} onSignedOut={onSignedOut} />;
    case "invitation":
      return (
        <Invitation
          key={place.token}
          api={api}
          token={place.token}
          session={session}
          onSignedIn={onSignedIn}
          onSignOut={onSignOut}
        />
      );
    case "provider return":
      return (
        <ProviderReturn
          api={api}
          query={place.query}
          provider={place.provider}
          onSignedIn={onSignedIn}
          onRestore={onRestore}
        />
      );
    default:
      return (
        <SignIn
          api={api}
          to={place.name === "sign in" ? place.to : ""}
          lead={say(ended ? "signin.ended" : "signin.lead")}
          onSignedIn={onSignedIn}
        />
      );
  }
}
