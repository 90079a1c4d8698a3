/** The form for a new project: name and domains. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ProjectApi } from "../rest/project_api";
import { navigate } from "../router";
import { useSession } from "../views/session";
import { Frame } from "./frame";
import { useRequest } from "./parts/use_request";
import { Card, Field, rootOf, Submit, submitting, TextField, useFieldError, Wrong } from "./parts/forms";
import { forgetUnsaved, useUnsaved } from "./parts/unsaved";
import { domainIn } from "./project/domain_names";
import { useRequiredFields } from "./parts/required_fields";
import { useSettingsI18n } from "./i18n";

export function NewProjectPage(): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <Frame route={{ name: "new project" }} title={t("create.title")} lead={t("create.lead")}>
      <NewProject />
    </Frame>
  );
}

function NewProject(): JSX.Element {
  const { api, reload } = useSession();
  const { t } = useSettingsI18n();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [name, setName] = useState("");
  const [domains, setDomains] = useState("");
  useUnsaved(name !== "" || domains !== "");
  const listed = domains
    .split(/[\s,;]+/)
    .map(domainIn)
    .filter((one) => one !== "");
  const missing = useRequiredFields({ name: name.trim() === "", domains: listed.length === 0 });
  const route = /^domains\[(\d+)\]$/.exec(
    doing.problem?.errors.find((one) => rootOf(one.field) === "domains")?.field ?? "",
  );
  const domain = listed[Number(route?.[1] ?? Number.NaN)];
  const error = wrong("domains");
  const wrongDomain = error === null || domain === undefined ? error : t("create.domains.wrong", { domain, error });
  const create = (): void => {
    void doing.run(async () => {
      const made = await ProjectApi.create(api, name.trim(), listed);
      await reload();
      forgetUnsaved();
      navigate({ name: "inbox", project: made.id, conversation: null }); // it shows the first steps
    });
  };
  return (
    <Card title={t("create.about")}>
      <form onSubmit={submitting(create, missing.pressed)} noValidate>
        <TextField
          label={t("general.name")}
          value={name}
          onInput={setName}
          most={100}
          error={missing.of("name") ?? wrong("name")}
          hint={t("general.name.hint")}
        />
        <Field label={t("create.domains")} error={missing.of("domains") ?? wrongDomain} hint={t("create.domains.hint")}>
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
        <Submit label={t("create.go")} busy={doing.busy} />
      </form>
    </Card>
  );
}
