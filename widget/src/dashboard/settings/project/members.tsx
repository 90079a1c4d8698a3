/** Project › Members: the members and their roles. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Member } from "../../../rest/types";
import type { Role } from "../../rest/project_api";
import { Face } from "../../views/parts/components";
import { useSession } from "../../views/session";
import { useRequest, useLoaded, useTouched } from "../parts/use_request";
import { Card, Select, Wrong } from "../parts/forms";
import { Confirm, OnDay, Shown } from "../parts/components";
import { To } from "../../views/parts/to";
import { useToast } from "../parts/toast";
import { type Translate, useSettingsI18n } from "../i18n";
import { ManagersOnly } from "./managers_only";
import { useProject } from "./use_project";

export function MembersPage(): JSX.Element {
  const { api, manager, project, loaded: details } = useProject();
  const { user, reload } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [leaving, setLeaving] = useState<Member | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const loaded = useLoaded(() => api.members(), [api]);
  useTouched(loaded, "members");

  const setRole = (member: Member, role: Role): void => {
    void doing
      .run(async () => {
        const fresh = await api.setRole(member.user_id, role);
        loaded.set((now) => now.map((one) => (one.user_id === fresh.user_id ? fresh : one)));
        toast(t("members.changed", { name: fresh.full_name, role: t(`role.${role}`) }));
        if (member.user_id === user.id) await Promise.all([reload(), details.reload()]);
      })
      .then((done) => (done ? undefined : loaded.set((now) => [...now]))); // the select shows the old role again
  };
  const remove = async (member: Member): Promise<void> => {
    await api.remove(member.user_id);
    loaded.set((now) => now.filter((one) => one.user_id !== member.user_id));
    toast(t("members.removed", { name: member.full_name }));
    list.current?.focus();
  };

  return (
    <>
      {manager ? null : <ManagersOnly />}
      <Card title={t("members.title")} same lead={t("members.lead")}>
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
            <To route={{ name: "project settings", project: project.id, section: "invitations" }} class="button">
              {t("members.invite")}
            </To>
          </p>
        ) : null}
      </Card>
      {leaving === null ? null : (
        <Confirm
          title={t("members.remove.of", { name: leaving.full_name })}
          lead={t("members.remove.lead", { name: leaving.full_name })}
          action={t("members.remove")}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove(leaving)}
        />
      )}
    </>
  );
}

interface RowProps {
  readonly of: Member;
  readonly me: boolean;
  readonly sole: boolean; // the only manager
  readonly manager: boolean; // whether the current user is a manager
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
  const { t } = useSettingsI18n();
  return (
    <li class="item">
      <Face id={user_id} name={full_name} size="small" />
      <span class="item-text">
        <b>
          {full_name} {me ? <span class="tag">{t("you")}</span> : null}
        </b>
        <small>
          {email} · {t("members.since")} <OnDay at={joined_at} />
        </small>
        {sole && manager ? <small class="why">{t("members.sole")}</small> : null}
      </span>
      {manager ? (
        <>
          <Select
            label={t("members.role.of", { name: full_name })}
            value={role}
            choices={roles(t)}
            disabled={sole || busy}
            onPick={onRole}
          />
          {me ? null : (
            <button
              type="button"
              class="button is-small"
              disabled={busy}
              aria-label={t("members.remove.of", { name: full_name })}
              onClick={onRemove}
            >
              {t("members.remove")}
            </button>
          )}
        </>
      ) : (
        <span class="tag">{t(`role.${role}`)}</span>
      )}
    </li>
  );
}

export function roles(t: Translate): readonly (readonly [Role, string])[] {
  return [
    ["agent", t("role.agent")],
    ["manager", t("role.manager")],
  ];
}
