/** REST of the sign-in pages, and the message for each refusal. */

import type {
  Accepted,
  Confirmation,
  Credentials,
  Linked,
  Mailbox,
  MailedToken,
  MyProject,
  NewPassword,
  OpenInvitation,
  ProviderUrl,
  Registered,
  Registration,
  Return,
  SecondFactor,
  SecondStep,
  SignedIn,
  SignInOptions,
} from "../../rest/types";
import { type Api, Problem } from "../rest/api";
import { isKey, type Translate } from "./i18n";

/** The answer that links an account. The schema gives `linked` a default and does not require it; the server always
 *  sends it, and the dashboard tells the answers apart by it. */
type LinkedAnswer = Required<Linked>;

/** Whether a second factor is still needed. */
export function needsSecondFactor(answer: SignedIn | SecondFactor | LinkedAnswer): answer is SecondFactor {
  return "partial_token" in answer;
}

export const rest = {
  options: (api: Api) => api.ask<SignInOptions>("GET", "/auth/options"),
  register: (api: Api, who: Registration) => api.ask<Registered>("POST", "/auth/register", who),
  verify: (api: Api, token: string, password: string | null) =>
    api.ask<void>("POST", "/auth/verify", { token, password } satisfies Confirmation),
  resend: (api: Api, email: string) => api.ask<Accepted>("POST", "/auth/resend", { email } satisfies Mailbox),
  signIn: (api: Api, email: string, password: string) =>
    api.ask<SignedIn | SecondFactor>("POST", "/auth/login", { email, password } satisfies Credentials),
  second: (api: Api, kind: "totp" | "recovery", partial_token: string, code: string) =>
    api.ask<SignedIn>("POST", `/auth/login/${kind}`, { partial_token, code } satisfies SecondStep),
  forgot: (api: Api, email: string) => api.ask<Accepted>("POST", "/auth/forgot", { email } satisfies Mailbox),
  reset: (api: Api, token: string, password: string, end_two_factor: boolean) =>
    api.ask<void>("POST", "/auth/reset", { token, password, end_two_factor } satisfies NewPassword),
  confirmEmail: (api: Api, token: string, password: string | null) =>
    api.ask<void>("POST", "/auth/email/confirm", { token, password } satisfies Confirmation),
  toProvider: (api: Api, provider: string) =>
    api.ask<ProviderUrl>("POST", `/auth/oidc/${encodeURIComponent(provider)}/start`, {}),
  fromProvider: (api: Api, returned: Return) =>
    api.ask<SignedIn | SecondFactor | LinkedAnswer>("POST", "/auth/oidc/finish", returned),
  invitation: (api: Api, token: string) =>
    api.ask<OpenInvitation>("POST", "/invitations/lookup", { token } satisfies MailedToken),
  accept: (api: Api, token: string) =>
    api.call<MyProject>("POST", "/invitations/accept", { token } satisfies MailedToken),
};

/** The errors of a form: a general one, and one per field. `wait`: seconds until another attempt makes sense. */
export interface Failure {
  readonly general: string | null;
  readonly fields: Readonly<Record<string, string>>;
  readonly wait: number;
}

const DEFAULT_WAIT = 60; // seconds, used when a refusal has no Retry-After

export function failureFrom(error: unknown, t: Translate): Failure {
  if (!(error instanceof Problem)) throw error;
  const fields = Object.fromEntries(
    error.errors.map(({ field, code }) => {
      const key = `field.${code}`;
      return [field, t(isKey(key) ? key : "field.other")];
    }),
  );
  const wait = error.status === 429 ? (error.retry_after ?? DEFAULT_WAIT) : 0;
  return { general: error.errors.length > 0 ? null : sentence(error, t), fields, wait };
}

export function sentence(error: Problem, t: Translate): string {
  if (error.status === 429) return t("error.slow");
  if (error.temporary) return t("error.away");
  switch (error.code) {
    case "bad_credentials":
      return t("error.credentials");
    case "wrong_password":
      return t("error.password");
    case "link_first":
      return t("oidc.link_first");
    case "inactive":
      return t("error.inactive");
    case "registration_closed":
      return t("error.closed");
    case "invalid_token":
      return t("verify.bad");
    default:
      return t("error.other", { code: error.code === "" ? error.status : error.code });
  }
}
