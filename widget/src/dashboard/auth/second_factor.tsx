/** The second factor: a code of the authenticator app, or a recovery code. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { SecondFactor, SignedIn } from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { Card, Foot } from "./parts/card";
import { To } from "../views/parts/to";
import { Field, Form } from "./parts/form";
import { rest } from "./rest";
import { useAuthI18n } from "./i18n";

interface SecondStepProps {
  readonly api: Api;
  readonly half: SecondFactor;
  readonly onSignedIn: (answer: SignedIn) => Promise<void>;
  readonly onExpired: () => void;
}

export function SecondStep({ api, half, onSignedIn, onExpired }: SecondStepProps): JSX.Element {
  const { t } = useAuthI18n();
  const [kind, setKind] = useState<"totp" | "recovery">("totp");
  useEffect(() => {
    const timer = setTimeout(onExpired, half.expires_in * 1_000);
    return () => clearTimeout(timer);
  }, [half]);
  const recovery = kind === "recovery";
  const explain = (error: unknown) => {
    if (!(error instanceof Problem) || error.temporary || error.errors.length > 0) return null;
    if (isOver(error)) onExpired();
    return { general: null, fields: { code: t(recovery ? "second.recovery.wrong" : "second.wrong") } };
  };
  return (
    <Card title={t("second.title")} lead={t(recovery ? "second.recovery.lead" : "second.lead")}>
      <Form
        key={kind}
        submit={t("second.submit")}
        busy={t("second.busy")}
        explain={explain}
        check={({ code = "" }): Record<string, string> => (code === "" ? { code: t("field.code.needed") } : {})}
        send={async ({ code = "" }) =>
          onSignedIn(await rest.second(api, kind, half.partial_token, recovery ? code : code.replace(/\s/g, "")))
        }
      >
        {recovery ? (
          <Field label={t("second.recovery.code")} name="code" autocomplete="off" />
        ) : (
          <Field label={t("second.code")} name="code" autocomplete="one-time-code" code />
        )}
      </Form>
      <Foot>
        <button type="button" class="link" onClick={() => setKind(recovery ? "totp" : "recovery")}>
          {t(recovery ? "second.to.code" : "second.to.recovery")}
        </button>
        {recovery ? <To route={{ name: "forgot", email: "" }}>{t("second.lost")}</To> : null}
        <button type="button" class="link" onClick={onExpired}>
          {t("back.signin")}
        </button>
      </Foot>
    </Card>
  );
}

/** The first step has expired: no code is accepted any more. */
function isOver({ code }: Problem): boolean {
  return code === "expired" || code === "unauthenticated" || code === "invalid_token";
}
