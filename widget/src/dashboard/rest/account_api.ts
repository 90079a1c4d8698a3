/** REST of the user's own account: profile, ways to sign in, sessions. */

import type { Id, User } from "../state/model";
import type { Api } from "./api";

export interface SignIn {
  readonly id: Id;
  readonly current: boolean;
  readonly device: string; // User-Agent
  readonly address: string;
  readonly created_at: number;
  readonly last_used_at: number;
}

export interface Identity {
  readonly id: Id;
  readonly provider: string;
  readonly email: string;
  readonly created_at: number;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
}

export interface Enrolment {
  readonly secret: string;
  readonly uri: string;
  readonly qr_svg: string;
}

export interface RecoveryCodes {
  readonly recovery_codes: readonly string[];
}

export interface Profile {
  readonly full_name?: string;
  readonly language?: string;
  readonly timezone?: string;
}

export class AccountApi {
  constructor(private readonly api: Api) {}

  me(): Promise<User> {
    return this.api.call("GET", "/me");
  }

  change(profile: Profile): Promise<User> {
    return this.api.call("PATCH", "/me", profile);
  }

  /** `image` is base64. */
  setAvatar(media_type: string, image: string): Promise<User> {
    return this.api.call("PUT", "/me/avatar", { media_type, image });
  }

  removeAvatar(): Promise<User> {
    return this.api.call("DELETE", "/me/avatar");
  }

  changeEmail(new_email: string, password: string): Promise<void> {
    return this.api.call("POST", "/me/email", { new_email, password });
  }

  keepEmail(): Promise<void> {
    return this.api.call("DELETE", "/me/email");
  }

  /** `current_password` null: there was none, only a linked account. */
  setPassword(current_password: string | null, new_password: string): Promise<void> {
    return this.api.call("POST", "/me/password", { current_password, new_password });
  }

  signIns(): Promise<readonly SignIn[]> {
    return this.api.call("GET", "/me/sessions");
  }

  endSignIn(id: Id): Promise<void> {
    return this.api.call("DELETE", `/me/sessions/${id}`);
  }

  enrol(password: string | null): Promise<Enrolment> {
    return this.api.call("POST", "/me/two-factor", { password });
  }

  confirmEnrolment(code: string): Promise<RecoveryCodes> {
    return this.api.call("POST", "/me/two-factor/confirm", { code });
  }

  freshCodes(password: string | null, code: string): Promise<RecoveryCodes> {
    return this.api.call("POST", "/me/two-factor/recovery-codes", { password, code });
  }

  disableTwoFactor(password: string | null, code: string): Promise<void> {
    return this.api.call("POST", "/me/two-factor/disable", { password, code });
  }

  async providers(): Promise<readonly Provider[]> {
    return (await this.api.ask<{ readonly providers: readonly Provider[] }>("GET", "/auth/options")).providers;
  }

  identities(): Promise<readonly Identity[]> {
    return this.api.call("GET", "/me/identities");
  }

  /** Starts linking: the provider's URL to send the browser to. */
  startLink(provider: string, password: string | null): Promise<{ readonly url: string }> {
    return this.api.call("POST", `/me/identities/${encodeURIComponent(provider)}/start`, { password });
  }

  unlink(id: Id): Promise<void> {
    return this.api.call("DELETE", `/me/identities/${id}`);
  }

  deactivate(password: string | null): Promise<void> {
    return this.api.call("POST", "/me/deactivate", { password });
  }

  delete(password: string | null, email: string): Promise<void> {
    return this.api.call("POST", "/me/delete", { password, email });
  }
}
