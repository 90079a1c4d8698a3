/** Project › Members: who works here, and as what. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Colleague, Role } from "../../desk/project_api";
import { Face } from "../../views/parts/small";
import { useSession } from "../../views/session";
import { useDoing, useLoaded } from "../parts/asking";
import { Card, Select, Wrong } from "../parts/forms";
import { Confirm, OnDay, Shown, To } from "../parts/pieces";
import { useTold } from "../parts/told";
import { type Tell, useTexts } from "../words";
import { ManagersOnly } from "./managers_only";
import { useProject } from "./use_project";

export function MembersPage(): JSX.Element {
  const { api, manager, project, loaded: details } = useProject();
  const { user, reload } = useSession();
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const [leaving, setLeaving] = useState<Colleague | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const loaded = useLoaded(() => api.members(), [api]);

  const setRole = (member: Colleague, role: Role): void => {
    void doing
      .run(async () => {
        const fresh = await api.setRole(member.user_id, role);
        loaded.set((now) => now.map((one) => (one.user_id === fresh.user_id ? fresh : one)));
        tell(say("members.changed", { name: fresh.full_name, role: say(`role.${role}`) }));
        if (member.user_id === user.id) await Promise.all([reload(), details.reload()]);
      })
      .then((done) => (done ? undefined : loaded.set((now) => [...now]))); // the list shows the old role again
  };
  const remove = async (member: Colleague): Promise<void> => {
    await api.remove(member.user_id);
    loaded.set((now) => now.filter((one) => one.user_id !== member.user_id));
    tell(say("members.removed", { name: member.full_name }));
    list.current?.focus();
  };

  return (
    <>
      {manager ? null : <ManagersOnly />}
      <Card title={say("members.title")} same lead={say("members.lead")}>
        <Shown of={loaded}>
          {(members) => {
            const sole = members.filter((one) => one.role === "manager").length < 2;
            return (
              <ul class="items" ref={list} tabIndex={-1}>
                {members.map((one) => (
                  <Row
                    key={one.user_id}
                    of={one}
                    me={one.user_id === user.id}
                    sole={sole && one.role === "manager"}
                    manager={manager}
                    busy={doing.busy}
                    onRole={(role) => setRole(one, role)}
                    onRemove={() => setLeaving(one)}
                  />
                ))}
              </ul>
            );
          }}
        </Shown>
        <Wrong problem={doing.problem} />
        {manager ? (
          <p class="card-foot">
            <To place={{ name: "project settings", project: project.id, section: "invitations" }} class="button">
              {say("members.invite")}
            </To>
          </p>
        ) : null}
      </Card>
      {leaving === null ? null : (
        <Confirm
          title={say("members.remove.of", { name: leaving.full_name })}
          lead={say("members.remove.lead", { name: leaving.full_name })}
          action={say("members.remove")}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove(leaving)}
        />
      )}
    </>
  );
}

interface RowProps {
  readonly of: Colleague;
  readonly me: boolean;
  readonly sole: boolean; // the only manager
  readonly manager: boolean; // whoever looks
  readonly busy: boolean;
  readonly onRole: (role: Role) => void;
  readonly onRemove: () => void;
}

function Row({
  of: { user_id, full_name, email, role, joined_at },
  me,
  sole,
  manager,
  busy,
  onRole,
  onRemove,
}: RowProps): JSX.Element {
  const { say } = useTexts();
  return (
    <li class="item">
      <Face id={user_id} name={full_name} size="small" />
      <span class="item-text">
        <b>
          {full_name} {me ? <span class="tag">{say("you")}</span> : null}
        </b>
        <small>
          {email} · {say("members.since")} <OnDay at={joined_at} />
        </small>
        {sole && manager ? <small class="why">{say("members.sole")}</small> : null}
      </span>
      {manager ? (
        <>
          <Select
            label={say("members.role.of", { name: full_name })}
            value={role}
            choices={roles(say)}
            disabled={sole || busy}
            onPick={onRole}
          />
          {me ? null : (
            <button
              type="button"
              class="button is-small"
              disabled={busy}
              aria-label={say("members.remove.of", { name: full_name })}
              onClick={onRemove}
            >
              {say("members.remove")}
            </button>
          )}
        </>
      ) : (
        <span class="tag">{say(`role.${role}`)}</span>
      )}
    </li>
  );
}

export function roles(say: Tell): readonly (readonly [Role, string])[] {
  return [
    ["agent", say("role.agent")],
    ["manager", say("role.manager")],
  ];
}
