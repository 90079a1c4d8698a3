/** Back from a provider: the code is exchanged once; a second step may follow. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { type Api, Problem, type SignedIn } from "../desk/api";
import { preferences } from "../desk/preferences";
import { type Place, visit } from "../places";
import { Card, SIGN_IN, Waiting } from "./card";
import { takeReturn } from "./providers";
import { isHalf, rest, type SecondFactor, sentence } from "./rest";
import { SecondStep } from "./second_factor";
import { type Say, useDoorWords } from "./words";

interface ProviderReturnProps {
  readonly api: Api;
  readonly query: string; // what the provider said; it is out of the address already
  readonly provider: string | null; // to whose own address
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onRestore: () => Promise<void>;
}

const IDENTITIES: Place = { name: "account", section: "linked" };

export function ProviderReturn({ api, query, provider, onSignedIn, onRestore }: ProviderReturnProps): JSX.Element {
  const { say } = useDoorWords();
  const asked = useRef(false);
  const [half, setHalf] = useState<SecondFactor | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const linking = preferences().signed_in; // who is signed in came here to link, not to sign in

  const entered = async (answer: SignedIn): Promise<void> => {
    await onSignedIn(answer);
    visit(takeReturn(), "replace");
  };
  const insideAgain = async (): Promise<void> => {
    await onRestore();
    visit(IDENTITIES, "replace");
  };
  const finish = async (): Promise<void> => {
    const said = new URLSearchParams(query);
    const code = said.get("code");
    const state = said.get("state");
    const iss = said.get("iss");
    if (code === null || state === null)
      return setWrong(say(said.get("error") === "access_denied" ? "oidc.cancelled" : "oidc.stale"));
    try {
      const answer = await rest.fromProvider(api, {
        code,
        state,
        ...(iss === null ? {} : { iss }),
        ...(provider === null ? {} : { provider }),
      });
      if ("linked" in answer) await insideAgain();
      else if (isHalf(answer)) setHalf(answer);
      else await entered(answer);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setWrong(reason(error, say));
    }
  };
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    void finish();
  }, []);

  if (half !== null)
    return <SecondStep api={api} half={half} onSignedIn={entered} onExpired={() => visit(SIGN_IN, "replace")} />;
  if (wrong === null) return <Waiting title={say("oidc.busy")} />;
  return (
    <Card title={say("oidc.failed")} lead={wrong} icon="alert" tone="bad">
      <button
        type="button"
        class="button is-primary is-wide"
        onClick={() => (linking ? void insideAgain() : visit(SIGN_IN, "replace"))}
      >
        {say(linking ? "oidc.back" : "back.signin")}
      </button>
    </Card>
  );
}

function reason(error: Problem, say: Say): string {
  switch (error.code) {
    case "provider_unverified":
      return say("oidc.unverified");
    case "identity_taken":
      return say("oidc.taken");
    case "inactive":
    case "link_first":
    case "registration_closed":
      return sentence(error, say);
    default:
      return error.temporary ? sentence(error, say) : say("oidc.stale");
  }
}
