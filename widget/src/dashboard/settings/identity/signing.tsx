/** How the customer's server signs who its visitor is, in its own language, and where the token goes. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useSettingsI18n } from "../i18n";
import { CopyButton } from "../parts/components";
import { Card } from "../parts/forms";
import { useProject } from "../project/use_project";
import { SNIPPET_NAMES, SNIPPETS, type SnippetName } from "./snippets";

export function Signing(): JSX.Element {
  const { project } = useProject();
  const { t } = useSettingsI18n();
  const [name, setName] = useState<SnippetName>("Node.js");
  const line = `<script async src="${location.origin}/widget.js" data-project="${project.id}" data-identity="TOKEN"></script>`;
  return (
    <>
      <Card title={t("identity.how")} lead={t("identity.how.lead")}>
        <p class="secret">
          <span>PARLEY_PROJECT</span>
          <code>{project.id}</code>
          <CopyButton text={project.id} />
        </p>
        <fieldset class="radios is-row">
          <legend>{t("identity.language")}</legend>
          {SNIPPET_NAMES.map((one) => (
            <label key={one} class="radio">
              <input type="radio" name="snippet" checked={one === name} onChange={() => setName(one)} />
              <span>
                <b>{one}</b>
              </span>
            </label>
          ))}
        </fieldset>
        <Code text={SNIPPETS[name]} label={t("identity.how")} copy={t("identity.copy")} />
      </Card>
      <Card title={t("identity.page")} lead={t("identity.page.lead")}>
        <Code text={line} label={t("identity.page")} copy={t("snippet.copy")} />
      </Card>
    </>
  );
}

function Code({ text, label, copy }: Readonly<Record<"text" | "label" | "copy", string>>): JSX.Element {
  return (
    <>
      <pre class="snippet" role="group" tabIndex={0} aria-label={label}>
        <code>{text}</code>
      </pre>
      <div class="card-foot">
        <CopyButton text={text} label={copy} />
      </div>
    </>
  );
}
