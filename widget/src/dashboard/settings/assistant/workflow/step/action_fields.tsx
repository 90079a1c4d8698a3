/** The tools of a step: which one an action runs with which values, and which ones a model may use. */

import type { JSX } from "preact";

import { Switch } from "../../../../views/parts/switch";
import { Field, SelectField, TextField } from "../../../parts/forms";
import { useAssistantI18n, worded } from "../../i18n";
import type { ActionNode, Arguments, ModelNode } from "../../model/graph";
import { type ArgumentOfTool, argumentsOf } from "../../model/tools";
import { change, type FieldsProps, Text } from "./fields";

export function ActionFields({ editor, node }: FieldsProps<ActionNode>): JSX.Element {
  const { t } = useAssistantI18n();
  const { tools } = editor.state.saved.choices;
  const names = tools.map(({ name }) => name);
  const listed = node.tool === "" || names.includes(node.tool) ? names : [node.tool, ...names];
  return (
    <>
      <SelectField
        label={t("flow.field.tool")}
        hint={hintOf(node.tool, tools, t)}
        value={node.tool}
        choices={[["", t("flow.tool.choose")], ...listed.map((name) => [name, worded(t, "flow.tool", name)] as const)]}
        onPick={(tool) => change(editor, node, { tool, arguments: {} })}
      />
      <Switch
        label={t("flow.by_model")}
        lead={t("flow.by_model.lead")}
        on={node.by_model}
        onChange={(by_model) => change(editor, node, { by_model })}
      />
      {node.by_model ? <Text editor={editor} node={node} field="prompt" value={node.prompt} /> : null}
      {argumentsOf(node.tool).map((argument) => (
        <Argument key={`${node.tool} ${argument.name}`} editor={editor} node={node} argument={argument} />
      ))}
    </>
  );
}

/** A tool's sentence; unknown ones have the server's description. */
function hintOf(
  name: string,
  tools: FieldsProps["editor"]["state"]["saved"]["choices"]["tools"],
  t: ReturnType<typeof useAssistantI18n>["t"],
): string {
  const lead = worded(t, "flow.tool.lead", name);
  return lead === name ? (tools.find((one) => one.name === name)?.description ?? "") : lead;
}

/** A preset of an action. Empty: the model sets it, or it is left out. */
function Argument({
  editor,
  node,
  argument,
}: FieldsProps<ActionNode> & { readonly argument: ArgumentOfTool }): JSX.Element {
  const { t } = useAssistantI18n();
  const { name, kind } = argument;
  const value = String(node.arguments[name] ?? "");
  const label = worded(t, "flow.argument", name);
  const set = (next: string, mark: string | null): void =>
    change(editor, node, { arguments: withArgument(node.arguments, name, next) }, mark);
  const empty = t(emptyKey(node, argument));
  if (kind === "text" || kind === "long") {
    return kind === "text" ? (
      <TextField
        label={label}
        hint={node.by_model ? empty : t("flow.hint.variables")}
        value={value}
        most={argument.most}
        onInput={(next) => set(next, `argument ${name}`)}
      />
    ) : (
      <Field label={label} hint={node.by_model ? empty : t("flow.hint.variables")}>
        {(given) => (
          <textarea
            {...given}
            class="input"
            rows={3}
            maxLength={argument.most}
            value={value}
            onInput={(event) => set(event.currentTarget.value, `argument ${name}`)}
          />
        )}
      </Field>
    );
  }
  const choices = choicesOf(kind, editor, t);
  const known = choices.some(([id]) => id === value) || value === "";
  return (
    <SelectField
      label={label}
      value={value}
      choices={[
        ["", empty],
        ...choices,
        ...(known ? [] : [[value, t("flow.argument.gone", { name: value })] as const]),
      ]}
      onPick={(next) => set(next, null)}
    />
  );
}

function emptyKey(node: ActionNode, { name, required }: ArgumentOfTool) {
  if (node.by_model) return "flow.argument.model" as const;
  if (name === "member") return "flow.argument.unassigned" as const;
  return required ? ("flow.argument.choose" as const) : ("flow.argument.none" as const);
}

function choicesOf(
  kind: "status" | "template" | "member",
  editor: FieldsProps["editor"],
  t: ReturnType<typeof useAssistantI18n>["t"],
): readonly (readonly [string, string])[] {
  const { templates, members } = editor.state.saved.choices;
  switch (kind) {
    case "status":
      return (["open", "pending", "solved"] as const).map((status) => [status, t(`flow.status.${status}`)]);
    case "template":
      return templates.map((name) => [name, name]);
    case "member":
      return members.map(({ email, name }) => [email, `${name} (${email})`]);
    default:
      return kind satisfies never;
  }
}

function withArgument(given: Arguments, name: string, value: string): Arguments {
  const { [name]: _, ...others } = given;
  return value === "" ? others : { ...others, [name]: value };
}

/** The tools that the model may use while it answers. */
export function ToolBoxes({ editor, node }: FieldsProps<ModelNode>): JSX.Element {
  const { t } = useAssistantI18n();
  const names = editor.state.saved.choices.tools.map(({ name }) => name);
  const listed = [...names, ...node.tools.filter((name) => !names.includes(name))];
  return (
    <fieldset class="flow-boxes">
      <legend>{t("flow.field.tools")}</legend>
      {listed.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={node.tools.includes(name)}
            onChange={(event) =>
              change(editor, node, {
                tools: event.currentTarget.checked ? [...node.tools, name] : node.tools.filter((one) => one !== name),
              })
            }
          />
          {worded(t, "flow.tool", name)}
        </label>
      ))}
    </fieldset>
  );
}
