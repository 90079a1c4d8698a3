/** REST of the sign-in pages, and the message for each refusal. */

import { type Api, Problem, type SignedIn } from "../rest/api";
import type { Project } from "../state/model";
import { isKey, type Translate } from "./i18n";

export interface SecondFactor {
  readonly partial_token: string;
  readonly expires_in: number; // seconds
}

export interface Options {
  readonly providers: readonly { readonly id: string; readonly name: string }[];
  readonly mail: "smtp" | "directory";
  readonly registration?: "open" | "invited";
}

export interface Invitation {
  readonly project_name: string;
  readonly email: string;
  readonly role: "agent" | "manager";
  readonly inviter: string | null; // null: the account is gone
  readonly account_exists: boolean;
}

interface Registration {
  readonly email: string;
  readonly password: string;
  readonly full_name: string;
  readonly language: string;
  readonly invitation?: string;
}

/** The parameters of the OIDC redirect; `iss` is the issuer, where the provider sends it. */
interface Returned {
  readonly code: string;
  readonly state: string;
  readonly iss?: string;
  readonly provider?: string; // the provider that owns the return address
}

/** Whether a second factor is still needed. */
export function needsSecondFactor(answer: SignedIn | SecondFactor | { readonly linked: true }): answer is SecondFactor {
  return "partial_token" in answer;
}

export const rest = {
  options: (api: Api) => api.ask<Options>("GET", "/auth/options"),
  register: (api: Api, who: Registration) =>
    api.ask<{ readonly next: "check_mail" | "sign_in" }>("POST", "/auth/register", who),
  verify: (api: Api, token: string, password: string | null) =>
    api.ask<void>("POST", "/auth/verify", { token, password }),
  resend: (api: Api, email: string) => api.ask<unknown>("POST", "/auth/resend", { email }),
  signIn: (api: Api, email: string, password: string) =>
    api.ask<SignedIn | SecondFactor>("POST", "/auth/login", { email, password }),
  second: (api: Api, kind: "totp" | "recovery", partial_token: string, code: string) =>
    api.ask<SignedIn>("POST", `/auth/login/${kind}`, { partial_token, code }),
  forgot: (api: Api, email: string) => api.ask<unknown>("POST", "/auth/forgot", { email }),
  reset: (api: Api, token: string, password: string, end_two_factor: boolean) =>
    api.ask<void>("POST", "/auth/reset", { token, password, end_two_factor }),
  confirmEmail: (api: Api, token: string, password: string | null) =>
    api.ask<void>("POST", "/auth/email/confirm", { token, password }),
  toProvider: (api: Api, provider: string) =>
    api.ask<{ readonly url: string }>("POST", `/auth/oidc/${encodeURIComponent(provider)}/start`, {}),
  fromProvider: (api: Api, returned: Returned) =>
    api.ask<SignedIn | SecondFactor | { readonly linked: true }>("POST", "/auth/oidc/finish", returned),
  invitation: (api: Api, token: string) => api.ask<Invitation>("POST", "/invitations/lookup", { token }),
  accept: (api: Api, token: string) => api.call<Project>("POST", "/invitations/accept", { token }),
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
