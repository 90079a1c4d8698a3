/** An invitation: for who is signed in with its address, for who is signed in as somebody else, for who has an account,
 *  and for who has none. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { type Api, Problem, type SignedIn } from "../desk/api";
import { visit } from "../places";
import { Icon } from "../views/parts/icons";
import type { Session } from "../views/session";
import { Card, Foot, INBOX, SIGN_IN, To, Waiting } from "./card";
import { Register } from "./register";
import { type Invitation as Details, rest, sentence } from "./rest";
import { SignIn } from "./sign_in";
import { useDoorWords } from "./words";

interface InvitationProps {
  readonly api: Api;
  readonly token: string;
  readonly session: Session | null;
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onSignOut: () => Promise<void>;
}

export function Invitation({ api, token, session, onSignedIn, onSignOut }: InvitationProps): JSX.Element {
  const { say } = useDoorWords();
  const [found, retry] = useDetails(api, token);
  const joins = useRef(false); // signed in on this very page, in order to join

  if (found === null) return <Waiting title={say("invite.loading")} />;
  if (found instanceof Problem) {
    if (found.temporary) {
      return (
        <Card title={say("oidc.failed")} lead={sentence(found, say)} icon="wifi_off">
          <button type="button" class="button is-primary is-wide" onClick={retry}>
            {say("retry")}
          </button>
        </Card>
      );
    }
    return <Gone inside={session !== null} />;
  }
  const { project_name: project, email, inviter } = found;
  if (session !== null) {
    const mine = session.user.email.toLowerCase() === email.toLowerCase();
    return mine ? (
      <Join session={session} token={token} details={found} now={joins.current} />
    ) : (
      <SomebodyElse me={session.user.email} email={email} onSwitch={onSignOut} />
    );
  }
  const title = say("invite.title", { project });
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
        lead={say("invite.signin.lead", { inviter, email })}
        email={email}
        onSignedIn={entered}
      />
    );
  }
  // Registering joins at once, so that there is nothing left to do here.
  const registered = async (answer: SignedIn): Promise<void> => {
    await onSignedIn(answer);
    visit(INBOX, "replace");
  };
  return <Register api={api} invited={{ token, email, title, lead: lead(found, say) }} onSignedIn={registered} />;
}

interface JoinProps {
  readonly session: Session;
  readonly token: string;
  readonly details: Details;
  readonly now: boolean;
}

function Join({ session, token, details, now }: JoinProps): JSX.Element {
  const { say } = useDoorWords();
  const [phase, setPhase] = useState<"asking" | "joining" | "gone" | Problem>(now ? "joining" : "asking");
  const project = details.project_name;
  useEffect(() => {
    if (phase === "joining") void join();
  }, [phase]);
  const join = async (): Promise<void> => {
    try {
      const { id } = await rest.accept(session.api, token);
      await session.reload();
      visit({ name: "inbox", project: id, conversation: null }, "replace");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setPhase(error.status === 404 || error.code === "invalid_token" ? "gone" : error);
    }
  };
  if (phase === "gone") return <Gone inside />;
  return (
    <Card title={say("invite.title", { project })} lead={lead(details, say)}>
      <div class="door-wrong" role="alert">
        {phase instanceof Problem ? (
          <p>
            <Icon name="alert" size={16} />
            {sentence(phase, say)}
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
            {say("invite.join.busy")}
          </>
        ) : (
          say("invite.join", { project })
        )}
      </button>
    </Card>
  );
}

interface SomebodyElseProps {
  readonly me: string;
  readonly email: string;
  readonly onSwitch: () => Promise<void>;
}

function SomebodyElse({ me, email, onSwitch }: SomebodyElseProps): JSX.Element {
  const { say } = useDoorWords();
  return (
    <Card title={say("invite.other")} lead={say("invite.other.lead", { email, me })} icon="user">
      <button type="button" class="button is-primary is-wide is-tall" onClick={() => void onSwitch()}>
        {say("invite.switch", { email })}
      </button>
      <To place={INBOX} class="button is-wide is-tall">
        {say("invite.stay", { me })}
      </To>
    </Card>
  );
}

function Gone({ inside }: { readonly inside: boolean }): JSX.Element {
  const { say } = useDoorWords();
  return (
    <Card title={say("invite.gone")} lead={say("invite.gone.lead")} icon="alert" tone="bad">
      <Foot>
        <To place={inside ? INBOX : SIGN_IN}>{say(inside ? "go.inbox" : "back.signin")}</To>
      </Foot>
    </Card>
  );
}

/** What the invitation says; null while it is asked. */
function useDetails(api: Api, token: string): readonly [Details | Problem | null, () => void] {
  const [found, set] = useState<Details | Problem | null>(null);
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

function lead({ inviter, email, role }: Details, say: ReturnType<typeof useDoorWords>["say"]): string {
  return say("invite.lead", { inviter, email, role: say(`invite.role.${role}`) });
}
