/** Signed in, but a member of no project: create one, or wait for an invitation. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { Problem } from "../rest/api";
import { Icon } from "../views/parts/icons";
import { useSession } from "../views/session";
import { Card, Foot, WithAddress } from "./parts/card";
import { To } from "../views/parts/to";
import { sentence } from "./rest";
import { useAuthI18n } from "./i18n";

export function NoProject(): JSX.Element {
  const { user, reload, signOut } = useSession();
  const { t } = useAuthI18n();
  const [message, setMessage] = useState<string | null>(null);
  const look = async (): Promise<void> => {
    setMessage(null);
    try {
      await reload(); // once there is a project, this page is unmounted
      setMessage(t("none.check.none"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setMessage(sentence(error, t));
    }
  };
  return (
    <Card title={t("none.title", { name: user.full_name })} lead={t("none.lead")}>
      <section class="auth-choice">
        <To route={{ name: "new project" }} class="button is-primary is-wide">
          {t("none.create")}
        </To>
        <p class="auth-note">{t("none.create.lead")}</p>
      </section>
      <section class="auth-choice">
        <h2>
          <Icon name="inbox" size={16} />
          {t("none.wait")}
        </h2>
        <p class="auth-note">
          <WithAddress text={t("none.wait.lead", { email: user.email })} address={user.email} />
        </p>
        <button type="button" class="button is-wide" onClick={() => void look()}>
          {t("none.check")}
        </button>
        <p class="auth-message" role="status">
          {message}
        </p>
      </section>
      <Foot>
        <button type="button" class="link" onClick={signOut}>
          {t("none.signout")}
        </button>
      </Foot>
    </Card>
  );
}
