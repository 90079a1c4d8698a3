/** What differs between two workflows, by the names of their steps. */

import type { JSX } from "preact";

import { useAssistantI18n, worded } from "../i18n";
import { type Difference, differences, type FieldChange } from "../model/diff";
import type { Workflow } from "../model/graph";
import { fieldLabel, labelOf, labelOfTarget, typeOf } from "./labels";

interface DiffViewProps {
  readonly before: Workflow;
  readonly after: Workflow;
}

export function DiffView({ before, after }: DiffViewProps): JSX.Element {
  const { t } = useAssistantI18n();
  const found = differences(before, after);
  if (found.length === 0) return <p class="nothing">{t("flow.diff.none")}</p>;
  return (
    <ul class="flow-diff">
      {found.map((one) => (
        <li key={`${one.type} ${one.node.id}`}>
          <span class={TAGS[one.type]}>{t(`flow.diff.${one.type}`)}</span> <b>{labelOf(one.node, t)}</b>{" "}
          <small>{typeOf(one.node.type, t)}</small>
          {one.type === "changed" ? <Fields fields={one.fields} before={before} after={after} /> : null}
        </li>
      ))}
    </ul>
  );
}

const TAGS: Readonly<Record<Difference["type"], string>> = {
  added: "tag is-good",
  removed: "tag is-bad",
  changed: "tag is-warn",
};

function Fields({ fields, before, after }: DiffViewProps & { readonly fields: readonly FieldChange[] }): JSX.Element {
  const { t } = useAssistantI18n();
  const shown = (of: Workflow, { field, target }: FieldChange, value: string): string => {
    if (target) return labelOfTarget(of, value, t);
    if (value === "") return t("flow.diff.empty");
    if (field === "by_model") return t(value === "true" ? "assistant.on" : "assistant.off");
    return field === "tool" ? worded(t, "flow.tool", value) : value;
  };
  return (
    <dl class="flow-diff-fields">
      {fields.map((change) => (
        <div key={change.field}>
          <dt>{fieldLabel(change.field, t)}</dt>
          <dd>
            <del>{shown(before, change, change.before)}</del> <ins>{shown(after, change, change.after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
