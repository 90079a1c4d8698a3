/** A new project: a name, and the sites it is for. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ProjectApi } from "../desk/project_api";
import { visit } from "../places";
import { useSession } from "../views/session";
import { Frame } from "./frame";
import { useDoing } from "./parts/asking";
import { Card, Field, Submit, submitting, TextField, useWrongField, Wrong } from "./parts/forms";
import { forgetUnsaved, useUnsaved } from "./parts/leaving";
import { useTexts } from "./words";

export function NewProjectPage(): JSX.Element {
  const { say } = useTexts();
  return (
    <Frame place={{ name: "new project" }} title={say("create.title")} lead={say("create.lead")}>
      <NewProject />
    </Frame>
  );
}

function NewProject(): JSX.Element {
  const { api, reload } = useSession();
  const { say } = useTexts();
  const doing = useDoing();
  const wrong = useWrongField(doing.problem);
  const [name, setName] = useState("");
  const [domains, setDomains] = useState("");
  useUnsaved(name !== "" || domains !== "");
  const listed = domains.split(/[\s,;]+/).filter((one) => one !== "");
  const create = (): void => {
    void doing.run(async () => {
      const made = await ProjectApi.create(api, name.trim(), listed);
      await reload();
      forgetUnsaved();
      visit({ name: "project settings", project: made.id, section: "general" });
    });
  };
  return (
    <Card title={say("create.about")}>
      <form onSubmit={submitting(create)} noValidate>
        <TextField
          label={say("general.name")}
          value={name}
          onInput={setName}
          most={100}
          error={wrong("name")}
          hint={say("general.name.hint")}
        />
        <Field label={say("create.domains")} error={wrong("domains")} hint={say("create.domains.hint")}>
          {(given) => (
            <textarea
              {...given}
              class="input"
              rows={3}
              value={domains}
              placeholder="shop.example"
              spellcheck={false}
              autocapitalize="none"
              onInput={(event) => setDomains(event.currentTarget.value)}
            />
          )}
        </Field>
        <Wrong problem={doing.problem} besides={["name", "domains"]} />
        <Submit label={say("create.go")} busy={doing.busy} disabled={name.trim() === "" || listed.length === 0} />
      </form>
    </Card>
  );
}
