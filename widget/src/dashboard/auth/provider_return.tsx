/** The OIDC return page: exchanges the code once; a second factor may follow. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { SecondFactor, SignedIn } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { preferences } from "../store/preferences";
import { type Route, navigate } from "../router";
import { Card, SIGN_IN, Waiting } from "./parts/card";
import { takeReturn } from "./providers";
import { needsSecondFactor, rest, sentence } from "./rest";
import { SecondStep } from "./second_factor";
import { type Translate, useAuthI18n } from "./i18n";

interface ProviderReturnProps {
  readonly api: Api;
  readonly query: string; // the provider's parameters, already removed from the address bar
  readonly provider: string | null; // the provider that owns this return address
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onRestore: () => Promise<void>;
}

const IDENTITIES: Route = { name: "account", section: "linked" };

export function ProviderReturn({ api, query, provider, onSignedIn, onRestore }: ProviderReturnProps): JSX.Element {
  const { t } = useAuthI18n();
  const asked = useRef(false);
  const [half, setHalf] = useState<SecondFactor | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const linking = preferences().signed_in; // a signed-in user came here to link an account, not to sign in

  const entered = async (answer: SignedIn): Promise<void> => {
    await onSignedIn(answer);
    navigate(takeReturn(), "replace");
  };
  const insideAgain = async (): Promise<void> => {
    await onRestore();
    navigate(IDENTITIES, "replace");
  };
  const finish = async (): Promise<void> => {
    const parameters = new URLSearchParams(query);
    const code = parameters.get("code");
    const state = parameters.get("state");
    const iss = parameters.get("iss");
    if (code === null || state === null)
      return setWrong(t(parameters.get("error") === "access_denied" ? "oidc.cancelled" : "oidc.stale"));
    try {
      const answer = await rest.fromProvider(api, {
        code,
        state,
        ...(iss === null ? {} : { iss }),
        ...(provider === null ? {} : { provider }),
      });
      if ("linked" in answer) await insideAgain();
      else if (needsSecondFactor(answer)) setHalf(answer);
      else await entered(answer);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setWrong(reason(error, t));
    }
  };
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    void finish();
  }, []);

  if (half !== null)
    return <SecondStep api={api} half={half} onSignedIn={entered} onExpired={() => navigate(SIGN_IN, "replace")} />;
  if (wrong === null) return <Waiting title={t("oidc.busy")} />;
  return (
    <Card title={t("oidc.failed")} lead={wrong} icon="alert" tone="bad">
      <button
        type="button"
        class="button is-primary is-wide"
        onClick={() => (linking ? void insideAgain() : navigate(SIGN_IN, "replace"))}
      >
        {t(linking ? "oidc.back" : "back.signin")}
      </button>
    </Card>
  );
}

function reason(error: Problem, t: Translate): string {
  switch (error.code) {
    case "provider_unverified":
      return t("oidc.unverified");
    case "identity_taken":
      return t("oidc.taken");
    case "inactive":
    case "link_first":
    case "registration_closed":
      return sentence(error, t);
    default:
      return error.temporary ? sentence(error, t) : t("oidc.stale");
  }
}
