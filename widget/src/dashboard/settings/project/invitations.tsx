/** Project › Invitations: send, resend and revoke invitations. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Invitation } from "../../../rest/types";
import type { Role } from "../../rest/project_api";
import { Icon } from "../../views/parts/icons";
import { type RequestState, type Loaded, useRequest, useLoaded, useTouched } from "../parts/use_request";
import { Card, SelectField, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { useRequiredFields } from "../parts/required_fields";
import { OnDay, Shown } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { ManagersOnly } from "./managers_only";
import { roles } from "./members";
import { useProject } from "./use_project";

export function InvitationsPage(): JSX.Element {
  const { manager } = useProject();
  return manager ? <Invitations /> : <ManagersOnly nothing />;
}

function Invitations(): JSX.Element {
  const { api } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const list = useRef<HTMLUListElement>(null);
  const loaded = useLoaded(() => api.invitations(), [api]);
  useTouched(loaded, "invitations");
  const resend = (one: Invitation): void => {
    void doing.run(async () => {
      await api.resend(one.id);
      await loaded.reload();
      toast(t("invitations.resent", { email: one.email }));
    });
  };
  const revoke = (one: Invitation): void => {
    void doing.run(async () => {
      await api.revokeInvitation(one.id);
      loaded.set((now) => now.filter(({ id }) => id !== one.id));
      toast(t("invitations.revoked", { email: one.email }));
      list.current?.focus();
    });
  };
  return (
    <>
      <Invite loaded={loaded} />
      <Card title={t("invitations.title")} lead={t("invitations.lead")}>
        <Shown of={loaded}>
          {(invitations) =>
            invitations.length === 0 ? (
              <p class="nothing">{t("invitations.none")}</p>
            ) : (
              <ul class="items" ref={list} tabIndex={-1}>
                {invitations.map((one) => (
                  <Row key={one.id} of={one} doing={doing} onResend={() => resend(one)} onRevoke={() => revoke(one)} />
                ))}
              </ul>
            )
          }
        </Shown>
        <Wrong problem={doing.problem} />
      </Card>
    </>
  );
}

function Invite({ loaded }: { readonly loaded: Loaded<readonly Invitation[]> }): JSX.Element {
  const { api } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const missing = useRequiredFields({ email: email.trim() === "" });
  useUnsaved(email !== "");
  const invite = (): void => {
    void doing.run(async () => {
      const made = await api.invite(email.trim(), role);
      loaded.set((now) => [made, ...now.filter((one) => one.email !== made.email)]);
      toast(t("invitations.sent", { email: made.email }));
      setEmail("");
    });
  };
  return (
    <Card title={t("invitations.new")} lead={t("invitations.new.lead")}>
      <form onSubmit={submitting(invite, missing.pressed)} noValidate>
        <TextField
          label={t("invitations.email")}
          type="email"
          value={email}
          onInput={setEmail}
          most={254}
          error={missing.of("email") ?? wrong("email")}
        />
        <SelectField
          label={t("invitations.role")}
          value={role}
          choices={roles(t)}
          onPick={setRole}
          hint={t(`role.${role}.lead`)}
          error={wrong("role")}
        />
        <Wrong problem={doing.problem} besides={["email", "role"]} />
        <Submit label={t("invitations.send")} busy={doing.busy} />
      </form>
    </Card>
  );
}

interface RowProps {
  readonly of: Invitation;
  readonly doing: RequestState;
  readonly onResend: () => void;
  readonly onRevoke: () => void;
}

function Row({
  of: { email, role, invited_by, expired, expires_at },
  doing,
  onResend,
  onRevoke,
}: RowProps): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="mail" />
      </span>
      <span class="item-text">
        <b>
          {email} <span class="tag">{t(`role.${role}`)}</span>{" "}
          {expired ? <span class="tag is-warn">{t("invitations.expired")}</span> : null}
        </b>
        <small>
          {invited_by === null ? null : <>{t("invitations.by", { name: invited_by.full_name })} · </>}
          {t(expired ? "invitations.was" : "invitations.until")} <OnDay at={expires_at} />
        </small>
      </span>
      <button
        type="button"
        class="button is-small"
        disabled={doing.busy}
        aria-label={t("invitations.resend.to", { email })}
        onClick={onResend}
      >
        {t("invitations.resend")}
      </button>
      <button
        type="button"
        class="button is-small"
        disabled={doing.busy}
        aria-label={t("invitations.revoke.of", { email })}
        onClick={onRevoke}
      >
        {t("invitations.revoke")}
      </button>
    </li>
  );
}
