/** The pages before the inbox, by route: sign-in, registration, mailed links, invitations. */

import type { JSX } from "preact";

import type { SignedIn } from "../../rest/types";
import type { Api } from "../rest/api";
import type { Route } from "../router";
import type { Session } from "../views/session";
import { CheckMail } from "./check_mail";
import { Invitation } from "./invitation";
import { Confirm } from "./mailed";
import { Forgot, Reset } from "./password_reset";
import { ProviderReturn } from "./provider_return";
import { Register } from "./register";
import { SignIn } from "./sign_in";
import { useAuthI18n } from "./i18n";

export interface AuthPagesProps {
  readonly api: Api;
  readonly route: Route;
  readonly session: Session | null; // set when a signed-in user opens one of these pages
  readonly ended: boolean; // the session has ended; it is not a first visit
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onSignOut: () => Promise<void>;
  readonly onSignedOut: () => void; // REST ended every session of the account
  readonly onRestore: () => Promise<void>; // the refresh cookie may still be valid
}

export function AuthPages({
  api,
  route,
  session,
  ended,
  onSignedIn,
  onSignOut,
  onSignedOut,
  onRestore,
}: AuthPagesProps): JSX.Element {
  const { t } = useAuthI18n();
  switch (route.name) {
    case "register":
      return <Register api={api} onSignedIn={onSignedIn} />;
    case "check mail":
      return <CheckMail key={route.email} api={api} email={route.email} />;
    case "forgot":
      return <Forgot api={api} email={route.email} />;
    case "verify":
    case "email":
      return (
        <Confirm
          key={route.token}
          api={api}
          what={route.name}
          token={route.token}
          inside={session !== null}
          onSignedOut={onSignedOut}
        />
      );
    case "reset":
      return <Reset key={route.token} api={api} token={route.token} onSignedOut={onSignedOut} />;
    case "invitation":
      return (
        <Invitation
          key={route.token}
          api={api}
          token={route.token}
          session={session}
          onSignedIn={onSignedIn}
          onSignOut={onSignOut}
        />
      );
    case "provider return":
      return (
        <ProviderReturn
          api={api}
          query={route.query}
          provider={route.provider}
          onSignedIn={onSignedIn}
          onRestore={onRestore}
        />
      );
    default:
      return (
        <SignIn
          api={api}
          to={route.name === "sign in" ? route.to : ""}
          lead={t(ended ? "signin.ended" : "signin.lead")}
          onSignedIn={onSignedIn}
        />
      );
  }
}
