/** The onboarding steps of a project without conversations: the chat on a site, colleagues, a first message. */

import type { ComponentChildren, JSX } from "preact";

import { pathOf, type Route } from "../router";
import { useInboxState, useWorkspace } from "../views/hooks";
import { Icon } from "../views/parts/icons";
import { To } from "../views/parts/to";
import { useFirstStepsI18n } from "./i18n";
import { Install, Refused, Seen } from "./install";
import { useSites } from "./sites";

export function FirstSteps(): JSX.Element {
  const { project } = useWorkspace();
  const { members } = useInboxState();
  const { t } = useFirstStepsI18n();
  const sites = useSites(project.id);
  const manager = project.role === "manager";
  const settings = (section: string): Route => ({ name: "project settings", project: project.id, section });
  const seen = (sites.sites?.seen.length ?? 0) > 0;
  return (
    <div class="first-steps">
      <h2>{t("title")}</h2>
      <ol>
        <Step title={t("site")} done={seen}>
          <Seen at={sites} />
          <Refused at={sites} manager={manager} />
          {manager ? (
            <>
              {seen ? null : <Install project={project.id} />}
              <To route={settings("domains")}>{t("site.domains")}</To>
            </>
          ) : seen ? null : (
            <p>{t("site.agent")}</p>
          )}
        </Step>
        {manager ? (
          <Step title={t("invite")} done={members.length > 1}>
            <p>{t("invite.lead")}</p>
            <To route={settings("invitations")}>{t("invite.go")}</To>
          </Step>
        ) : null}
        <Step title={t("hello")}>
          <p>{t("hello.lead")}</p>
          <a class="link" href={pathOf({ name: "try", project: project.id })} target="_blank" rel="noopener">
            {t("hello.go")}
            <Icon name="external" size={14} />
          </a>
        </Step>
      </ol>
    </div>
  );
}

interface StepProps {
  readonly title: string;
  readonly done?: boolean;
  readonly children: ComponentChildren;
}

function Step({ title, done = false, children }: StepProps): JSX.Element {
  const { t } = useFirstStepsI18n();
  return (
    <li class={done ? "first-step is-done" : "first-step"}>
      <span class="first-step-mark">{done ? <Icon name="check" size={16} /> : null}</span>
      <div>
        <h3>
          {title} {done ? <span class="sr-only">({t("done")})</span> : null}
        </h3>
        {children}
      </div>
    </li>
  );
}
