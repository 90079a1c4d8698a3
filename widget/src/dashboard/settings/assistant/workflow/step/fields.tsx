/** What the fields of every type of step share: a text, and how it changes the step. */

import type { JSX } from "preact";

import { Field } from "../../../parts/forms";
import { useAssistantI18n } from "../../i18n";
import { MAX_PROMPT, type WorkflowNode } from "../../model/graph";
import type { Editor } from "../use_editor";

export interface FieldsProps<N extends WorkflowNode = WorkflowNode> {
  readonly editor: Editor;
  readonly node: N;
}

/** Changes fields of a node. `mark`: the field that is being typed into, so that undo takes back all of it. */
export function change<N extends WorkflowNode>(
  editor: Editor,
  node: N,
  fields: Partial<N>,
  mark: string | null = null,
): void {
  editor.dispatch({
    type: "change",
    id: node.id,
    fields,
    mark: mark === null ? null : `${node.id} ${mark}`,
  });
}

interface TextProps extends FieldsProps {
  readonly field: "prompt" | "question" | "text" | "reason";
  readonly value: string;
  readonly hint?: "condition" | "switch" | "collect" | "handoff" | "end";
}

export function Text({ editor, node, field, value, hint }: TextProps): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <Field label={t(`flow.field.${field}`)} hint={t(hint === undefined ? `flow.hint.${field}` : `flow.hint.${hint}`)}>
      {(given) => (
        <textarea
          {...given}
          class="input"
          rows={field === "prompt" ? 6 : 3}
          maxLength={field === "reason" ? 500 : MAX_PROMPT}
          value={value}
          onInput={(event) =>
            change(editor, node, { [field]: event.currentTarget.value } as Partial<WorkflowNode>, field)
          }
        />
      )}
    </Field>
  );
}
