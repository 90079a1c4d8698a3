/** A new project: a name, and the sites it is for. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ProjectApi } from "../desk/project_api";
import { visit } from "../places";
import { useSession } from "../views/session";
import { Frame } from "./frame";
import { useDoing } from "./parts/asking";
import { Card, Field, rootOf, Submit, submitting, TextField, useWrongField, Wrong } from "./parts/forms";
import { forgetUnsaved, useUnsaved } from "./parts/leaving";
import { domainIn } from "./project/domain_names";
import { useMissing } from "./parts/missing";
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
  const listed = domains
    .split(/[\s,;]+/)
    .map(domainIn)
    .filter((one) => one !== "");
  const missing = useMissing({ name: name.trim() === "", domains: listed.length === 0 });
  const place = /^domains\[(\d+)\]$/.exec(
    doing.problem?.errors.find((one) => rootOf(one.field) === "domains")?.field ?? "",
  );
  const domain = listed[Number(place?.[1] ?? Number.NaN)];
  const error = wrong("domains");
  const wrongDomain = error === null || domain === undefined ? error : say("create.domains.wrong", { domain, error });
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
      <form onSubmit={submitting(create, missing.pressed)} noValidate>
        <TextField
          label={say("general.name")}
          value={name}
          onInput={setName}
          most={100}
          error={missing.of("name") ?? wrong("name")}
          hint={say("general.name.hint")}
        />
        <Field
          label={say("create.domains")}
          error={missing.of("domains") ?? wrongDomain}
          hint={say("create.domains.hint")}
        >
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
        <Submit label={say("create.go")} busy={doing.busy} />
      </form>
    </Card>
  );
}
