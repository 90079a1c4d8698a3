/** An invitation: for a user signed in with its address, for a user signed in with another address, for a person with
 *  an account, and for a person without one. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { OpenInvitation, SignedIn } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { navigate } from "../router";
import { Icon } from "../views/parts/icons";
import type { Session } from "../views/session";
import { Card, Foot, INBOX, SIGN_IN, Waiting, WithAddress } from "./parts/card";
import { To } from "../views/parts/to";
import { Register } from "./register";
import { rest, sentence } from "./rest";
import { SignIn } from "./sign_in";
import { type Translate, useAuthI18n } from "./i18n";

interface InvitationProps {
  readonly api: Api;
  readonly token: string;
  readonly session: Session | null;
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onSignOut: () => Promise<void>;
}

export function Invitation({ api, token, session, onSignedIn, onSignOut }: InvitationProps): JSX.Element {
  const { t } = useAuthI18n();
  const [found, retry] = useDetails(api, token);
  const joins = useRef(false); // signed in on this page, in order to join

  if (found === null) return <Waiting title={t("invite.loading")} />;
  if (found instanceof Problem) {
    if (found.temporary) {
      return (
        <Card title={t("oidc.failed")} lead={sentence(found, t)} icon="wifi_off">
          <button type="button" class="button is-primary is-wide" onClick={retry}>
            {t("retry")}
          </button>
        </Card>
      );
    }
    return <Gone inside={session !== null} />;
  }
  const { project_name: project, email } = found;
  if (session !== null) {
    const mine = session.user.email.toLowerCase() === email.toLowerCase();
    return mine ? (
      <Join session={session} token={token} details={found} now={joins.current} />
    ) : (
      <AnotherPerson me={session.user.email} email={email} onSwitch={onSignOut} />
    );
  }
  const title = t("invite.title", { project });
  const entered = (answer: SignedIn): Promise<void> => {
    joins.current = true;
    return onSignedIn(answer);
  };
  if (found.account_exists) {
    return (
      <SignIn
        api={api}
        to={`/app/invitation#${token}`}
        title={title}
        lead={signInLead(found, t)}
        email={email}
        onSignedIn={entered}
      />
    );
  }
  // Registration accepts the invitation, so that nothing is left to do here.
  const registered = async (answer: SignedIn): Promise<void> => {
    await onSignedIn(answer);
    navigate(INBOX, "replace");
  };
  return <Register api={api} invited={{ token, email, title, lead: invitedLead(found, t) }} onSignedIn={registered} />;
}

interface JoinProps {
  readonly session: Session;
  readonly token: string;
  readonly details: OpenInvitation;
  readonly now: boolean;
}

function Join({ session, token, details, now }: JoinProps): JSX.Element {
  const { t } = useAuthI18n();
  const [phase, setPhase] = useState<"asking" | "joining" | "gone" | Problem>(now ? "joining" : "asking");
  const project = details.project_name;
  useEffect(() => {
    if (phase === "joining") void join();
  }, [phase]);
  const join = async (): Promise<void> => {
    try {
      const { id } = await rest.accept(session.api, token);
      await session.reload();
      navigate({ name: "inbox", project: id, conversation: null }, "replace");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setPhase(error.status === 404 || error.code === "invalid_token" ? "gone" : error);
    }
  };
  if (phase === "gone") return <Gone inside />;
  return (
    <Card title={t("invite.title", { project })} lead={invitedLead(details, t)}>
      <div class="auth-wrong" role="alert">
        {phase instanceof Problem ? (
          <p>
            <Icon name="alert" size={16} />
            {sentence(phase, t)}
          </p>
        ) : null}
      </div>
      <button
        type="button"
        class="button is-primary is-wide"
        aria-disabled={phase === "joining"}
        onClick={() => setPhase("joining")}
      >
        {phase === "joining" ? (
          <>
            <span class="spinner" />
            {t("invite.join.busy")}
          </>
        ) : (
          t("invite.join", { project })
        )}
      </button>
    </Card>
  );
}

interface AnotherPersonProps {
  readonly me: string;
  readonly email: string;
  readonly onSwitch: () => Promise<void>;
}

function AnotherPerson({ me, email, onSwitch }: AnotherPersonProps): JSX.Element {
  const { t } = useAuthI18n();
  return (
    <Card title={t("invite.other")} lead={t("invite.other.lead", { email, me })} icon="user">
      <button type="button" class="button is-primary is-wide" onClick={() => void onSwitch()}>
        <WithAddress text={t("invite.switch", { email })} address={email} />
      </button>
      <To route={INBOX} class="button is-wide">
        <WithAddress text={t("invite.stay", { me })} address={me} />
      </To>
    </Card>
  );
}

function Gone({ inside }: { readonly inside: boolean }): JSX.Element {
  const { t } = useAuthI18n();
  return (
    <Card title={t("invite.gone")} lead={t("invite.gone.lead")} icon="alert" tone="bad">
      <Foot>
        <To route={inside ? INBOX : SIGN_IN}>{t(inside ? "go.inbox" : "back.signin")}</To>
      </Foot>
    </Card>
  );
}

/** The details of the invitation; null while they are loading. */
function useDetails(api: Api, token: string): readonly [OpenInvitation | Problem | null, () => void] {
  const [found, set] = useState<OpenInvitation | Problem | null>(null);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let wanted = true;
    set(null);
    rest.invitation(api, token).then(
      (details) => wanted && set(details),
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (wanted) set(error);
      },
    );
    return () => {
      wanted = false;
    };
  }, [api, token, times]);
  return [found, () => setTimes(times + 1)];
}

export function invitedLead({ inviter, email, role }: OpenInvitation, t: Translate): string {
  const invited = { email, role: t(`invite.role.${role}`) };
  return inviter === null ? t("invite.lead.unnamed", invited) : t("invite.lead", { inviter, ...invited });
}

export function signInLead({ inviter, email }: OpenInvitation, t: Translate): string {
  return inviter === null ? t("invite.signin.lead.unnamed", { email }) : t("invite.signin.lead", { inviter, email });
}
