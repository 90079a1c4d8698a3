/** What to do in a project without a conversation. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { pathOf, type Place, visit } from "../places";
import { Icon } from "./parts/icons";
import { useSession } from "./session";
import { useDeskState, useRoom, useWords } from "./use";

/** True once REST has said that the project has no conversation at all, in no state. */
export function useNeverUsed(): boolean {
  const { api } = useSession();
  const { project } = useRoom();
  const { entries, horizons, view } = useDeskState();
  const [empty, setEmpty] = useState(false);
  const { loaded, end } = horizons[view];
  const nothing = loaded && end && entries.size === 0;
  useEffect(() => {
    if (!nothing) return setEmpty(false);
    let asked = true;
    api.conversations(project.id, "", null).then(
      ({ items }) => asked && setEmpty(items.length === 0),
      () => undefined, // then the usual words stand there
    );
    return () => {
      asked = false;
    };
  }, [nothing, api, project.id]);
  return nothing && empty;
}

export function FirstSteps(): JSX.Element {
  const { project } = useRoom();
  const { members } = useDeskState();
  const { say } = useWords();
  const manager = project.role === "manager";
  const settings = (section: string): Place => ({ name: "project settings", project: project.id, section });
  return (
    <div class="first-steps">
      <h2>{say("first.title")}</h2>
      <ol>
        <Step
          title={say("first.site")}
          lead={say(manager ? "first.site.lead" : "first.site.agent")}
          {...(manager ? { to: settings("general"), action: say("first.site.go") } : {})}
        />
        {manager ? (
          <Step
            title={say("first.invite")}
            lead={say("first.invite.lead")}
            done={members.length > 1}
            to={settings("invitations")}
            action={say("first.invite.go")}
          />
        ) : null}
        <Step title={say("first.hello")} lead={say("first.hello.lead")} />
      </ol>
    </div>
  );
}

interface StepProps {
  readonly title: string;
  readonly lead: string;
  readonly done?: boolean;
  readonly to?: Place;
  readonly action?: string;
}

function Step({ title, lead, done = false, to, action }: StepProps): JSX.Element {
  const { say } = useWords();
  return (
    <li class={done ? "first-step is-done" : "first-step"}>
      <span class="first-step-mark">{done ? <Icon name="check" size={16} /> : null}</span>
      <div>
        <h3>
          {title} {done ? <span class="sr-only">({say("first.done")})</span> : null}
        </h3>
        <p>{lead}</p>
        {to === undefined ? null : (
          <a
            class="link"
            href={pathOf(to)}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              visit(to);
            }}
          >
            {action}
          </a>
        )}
      </div>
    </li>
  );
}
