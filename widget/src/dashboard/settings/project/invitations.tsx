/** Project › Invitations: who was asked to join, and has not yet. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Invitation, Role } from "../../desk/project_api";
import { Icon } from "../../views/parts/icons";
import { type Doing, type Loaded, useDoing, useLoaded } from "../parts/asking";
import { Card, SelectField, Submit, submitting, TextField, useWrongField, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/leaving";
import { useMissing } from "../parts/missing";
import { OnDay, Shown } from "../parts/pieces";
import { useTold } from "../parts/told";
import { useTexts } from "../words";
import { ManagersOnly } from "./managers_only";
import { roles } from "./members";
import { useProject } from "./use_project";

export function InvitationsPage(): JSX.Element {
  const { manager } = useProject();
  return manager ? <Invitations /> : <ManagersOnly nothing />;
}

function Invitations(): JSX.Element {
  const { api } = useProject();
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const list = useRef<HTMLUListElement>(null);
  const loaded = useLoaded(() => api.invitations(), [api]);
  const resend = (one: Invitation): void => {
    void doing.run(async () => {
      await api.resend(one.id);
      await loaded.reload();
      tell(say("invitations.resent", { email: one.email }));
    });
  };
  const revoke = (one: Invitation): void => {
    void doing.run(async () => {
      await api.revokeInvitation(one.id);
      loaded.set((now) => now.filter(({ id }) => id !== one.id));
      tell(say("invitations.revoked", { email: one.email }));
      list.current?.focus();
    });
  };
  return (
    <>
      <Invite loaded={loaded} />
      <Card title={say("invitations.title")} lead={say("invitations.lead")}>
        <Shown of={loaded}>
          {(invitations) =>
            invitations.length === 0 ? (
              <p class="nothing">{say("invitations.none")}</p>
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
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const wrong = useWrongField(doing.problem);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const missing = useMissing({ email: email.trim() === "" });
  useUnsaved(email !== "");
  const invite = (): void => {
    void doing.run(async () => {
      const made = await api.invite(email.trim(), role);
      loaded.set((now) => [made, ...now.filter((one) => one.email !== made.email)]);
      tell(say("invitations.sent", { email: made.email }));
      setEmail("");
    });
  };
  return (
    <Card title={say("invitations.new")} lead={say("invitations.new.lead")}>
      <form onSubmit={submitting(invite, missing.pressed)} noValidate>
        <TextField
          label={say("invitations.email")}
          type="email"
          value={email}
          onInput={setEmail}
          most={254}
          error={missing.of("email") ?? wrong("email")}
        />
        <SelectField
          label={say("invitations.role")}
          value={role}
          choices={roles(say)}
          onPick={setRole}
          hint={say(`role.${role}.lead`)}
          error={wrong("role")}
        />
        <Wrong problem={doing.problem} besides={["email", "role"]} />
        <Submit label={say("invitations.send")} busy={doing.busy} />
      </form>
    </Card>
  );
}

interface RowProps {
  readonly of: Invitation;
  readonly doing: Doing;
  readonly onResend: () => void;
  readonly onRevoke: () => void;
}

function Row({
  of: { email, role, invited_by, expired, expires_at },
  doing,
  onResend,
  onRevoke,
}: RowProps): JSX.Element {
  const { say } = useTexts();
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="mail" />
      </span>
      <span class="item-text">
        <b>
          {email} <span class="tag">{say(`role.${role}`)}</span>{" "}
          {expired ? <span class="tag is-warn">{say("invitations.expired")}</span> : null}
        </b>
        <small>
          {invited_by === null ? null : <>{say("invitations.by", { name: invited_by.full_name })} · </>}
          {say(expired ? "invitations.was" : "invitations.until")} <OnDay at={expires_at} />
        </small>
      </span>
      <button
        type="button"
        class="button is-small"
        disabled={doing.busy}
        aria-label={say("invitations.resend.to", { email })}
        onClick={onResend}
      >
        {say("invitations.resend")}
      </button>
      <button
        type="button"
        class="button is-small"
        disabled={doing.busy}
        aria-label={say("invitations.revoke.of", { email })}
        onClick={onRevoke}
      >
        {say("invitations.revoke")}
      </button>
    </li>
  );
}
