/** The onboarding steps of a project without conversations. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { pathOf, type Route, navigate } from "../router";
import { Icon } from "./parts/icons";
import { horizonOf } from "../state/model";
import { useSession } from "./session";
import { useInboxState, useWorkspace, useI18n } from "./hooks";

/** True once REST has confirmed that the project has no conversation in any state. */
export function useNeverUsed(): boolean {
  const { api } = useSession();
  const { project } = useWorkspace();
  const state = useInboxState();
  const { entries } = state;
  const [empty, setEmpty] = useState(false);
  const { loaded, end } = horizonOf(state);
  const nothing = loaded && end && entries.size === 0;
  useEffect(() => {
    if (!nothing) return setEmpty(false);
    let asked = true;
    api.conversations(project.id, "", null).then(
      ({ items }) => asked && setEmpty(items.length === 0),
      () => undefined, // then the usual empty state is shown
    );
    return () => {
      asked = false;
    };
  }, [nothing, api, project.id]);
  return nothing && empty;
}

export function FirstSteps(): JSX.Element {
  const { project } = useWorkspace();
  const { members } = useInboxState();
  const { t } = useI18n();
  const manager = project.role === "manager";
  const settings = (section: string): Route => ({ name: "project settings", project: project.id, section });
  return (
    <div class="first-steps">
      <h2>{t("first.title")}</h2>
      <ol>
        <Step
          title={t("first.site")}
          lead={t(manager ? "first.site.lead" : "first.site.agent")}
          {...(manager ? { to: settings("general"), action: t("first.site.go") } : {})}
        />
        {manager ? (
          <Step
            title={t("first.invite")}
            lead={t("first.invite.lead")}
            done={members.length > 1}
            to={settings("invitations")}
            action={t("first.invite.go")}
          />
        ) : null}
        <Step title={t("first.hello")} lead={t("first.hello.lead")} />
      </ol>
    </div>
  );
}

interface StepProps {
  readonly title: string;
  readonly lead: string;
  readonly done?: boolean;
  readonly to?: Route;
  readonly action?: string;
}

function Step({ title, lead, done = false, to, action }: StepProps): JSX.Element {
  const { t } = useI18n();
  return (
    <li class={done ? "first-step is-done" : "first-step"}>
      <span class="first-step-mark">{done ? <Icon name="check" size={16} /> : null}</span>
      <div>
        <h3>
          {title} {done ? <span class="sr-only">({t("first.done")})</span> : null}
        </h3>
        <p>{lead}</p>
        {to === undefined ? null : (
          <a
            class="link"
            href={pathOf(to)}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              navigate(to);
            }}
          >
            {action}
          </a>
        )}
      </div>
    </li>
  );
}
