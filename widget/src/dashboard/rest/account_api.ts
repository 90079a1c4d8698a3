/** REST of the user's own account: profile, ways to sign in, sessions. */

import type {
  CloseAccount,
  EmailChange,
  Enrolment,
  Id,
  NewAvatar,
  OwnCode,
  OwnIdentity,
  OwnPassword,
  OwnSession,
  PasswordAndCode,
  PasswordChange,
  ProfileChange,
  Provider,
  ProviderUrl,
  RecoveryCodes,
  SignInOptions,
  User,
} from "../../rest/types";
import type { Api } from "./api";

export class AccountApi {
  constructor(private readonly api: Api) {}

  me(): Promise<User> {
    return this.api.call("GET", "/me");
  }

  change(profile: ProfileChange): Promise<User> {
    return this.api.call("PATCH", "/me", profile);
  }

  /** `image` is base64. */
  setAvatar(media_type: NewAvatar["media_type"], image: string): Promise<User> {
    return this.api.call("PUT", "/me/avatar", { media_type, image } satisfies NewAvatar);
  }

  removeAvatar(): Promise<User> {
    return this.api.call("DELETE", "/me/avatar");
  }

  changeEmail(new_email: string, password: string): Promise<void> {
    return this.api.call("POST", "/me/email", { new_email, password } satisfies EmailChange);
  }

  keepEmail(): Promise<void> {
    return this.api.call("DELETE", "/me/email");
  }

  /** `current_password` null: there was none, only a linked account. */
  setPassword(current_password: string | null, new_password: string): Promise<void> {
    return this.api.call("POST", "/me/password", { current_password, new_password } satisfies PasswordChange);
  }

  signIns(): Promise<readonly OwnSession[]> {
    return this.api.call("GET", "/me/sessions");
  }

  endSignIn(id: Id): Promise<void> {
    return this.api.call("DELETE", `/me/sessions/${id}`);
  }

  enrol(password: string | null): Promise<Enrolment> {
    return this.api.call("POST", "/me/two-factor", { password } satisfies OwnPassword);
  }

  confirmEnrolment(code: string): Promise<RecoveryCodes> {
    return this.api.call("POST", "/me/two-factor/confirm", { code } satisfies OwnCode);
  }

  freshCodes(password: string | null, code: string): Promise<RecoveryCodes> {
    return this.api.call("POST", "/me/two-factor/recovery-codes", { password, code } satisfies PasswordAndCode);
  }

  disableTwoFactor(password: string | null, code: string): Promise<void> {
    return this.api.call("POST", "/me/two-factor/disable", { password, code } satisfies PasswordAndCode);
  }

  async providers(): Promise<readonly Provider[]> {
    return (await this.api.ask<SignInOptions>("GET", "/auth/options")).providers;
  }

  identities(): Promise<readonly OwnIdentity[]> {
    return this.api.call("GET", "/me/identities");
  }

  /** Starts linking: the provider's URL to send the browser to. */
  startLink(provider: string, password: string | null): Promise<ProviderUrl> {
    return this.api.call("POST", `/me/identities/${encodeURIComponent(provider)}/start`, {
      password,
    } satisfies OwnPassword);
  }

  unlink(id: Id): Promise<void> {
    return this.api.call("DELETE", `/me/identities/${id}`);
  }

  deactivate(password: string | null): Promise<void> {
    return this.api.call("POST", "/me/deactivate", { password } satisfies OwnPassword);
  }

  delete(password: string | null, email: string): Promise<void> {
    return this.api.call("POST", "/me/delete", { password, email } satisfies CloseAccount);
  }
}
