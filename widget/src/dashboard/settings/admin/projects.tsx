/** Administration › Projects: which there are, and how large. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { AdminApi } from "../../desk/admin_api";
import { Face } from "../../views/parts/small";
import { useSession } from "../../views/session";
import { Card, TextField, Wrong } from "../parts/forms";
import { OnDay, Shown } from "../parts/pieces";
import { useTexts } from "../words";
import { usePages } from "./use_pages";

export function ProjectsPage(): JSX.Element {
  const { api } = useSession();
  const { say } = useTexts();
  const [query, setQuery] = useState("");
  const admin = useMemo(() => new AdminApi(api), [api]);
  const { loaded, more, next } = usePages(query, (asked, cursor) => admin.projects(asked, cursor), [admin]);
  return (
    <Card title={say("projects.title")} same lead={say("projects.lead")}>
      <div class="filters" role="search">
        <TextField label={say("projects.search")} type="search" value={query} onInput={setQuery} most={100} />
      </div>
      <Shown of={loaded}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="nothing">{say("nothing.found")}</p>
          ) : (
            <ul class="items">
              {items.map(({ id, name, members, managers, conversations, created_at }) => (
                <li key={id} class="item">
                  <Face id={id} name={name} size="small" />
                  <span class="item-text">
                    <b>
                      {name} {managers === 0 ? <span class="tag is-warn">{say("projects.unmanaged")}</span> : null}
                    </b>
                    <small>
                      {say("projects.members", { n: members })} · {say("projects.conversations", { n: conversations })}{" "}
                      · {say("users.since")} <OnDay at={created_at} />
                    </small>
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      <Wrong problem={more.problem} />
      {next === null ? null : (
        <div class="card-foot">
          <button type="button" class="button" disabled={more.busy} onClick={next}>
            {say("more")}
          </button>
        </div>
      )}
    </Card>
  );
}
