/** The panel of one step: its fields, and where its routes lead. Everything that the canvas does works here too. */

import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { Icon } from "../../../../views/parts/icons";
import { SelectField, TextField } from "../../../parts/forms";
import { useAssistantI18n } from "../../i18n";
import { MAX_NAME, routesOf, VALUE_TYPES, type WorkflowNode } from "../../model/graph";
import { ActionFields, ToolBoxes } from "./action_fields";
import { CaseFields } from "./case_fields";
import { change, type FieldsProps, Text } from "./fields";
import { ICONS, labelOf, problemText, routeLabel, targetLabel, typeOf } from "../labels";
import type { Editor } from "../use_editor";

interface NodePanelProps {
  readonly editor: Editor;
  readonly opening: number; // grows when the first field must take the focus
  readonly onOpen: (id: string) => void;
}

export function NodePanel({ editor, opening, onOpen }: NodePanelProps): JSX.Element {
  const { t } = useAssistantI18n();
  const { selected, state, problems_of, workflow } = editor;
  const panel = useRef<HTMLDivElement>(null);
  const answered = useRef(0);
  useEffect(() => {
    if (selected === null || opening === answered.current) return;
    answered.current = opening;
    panel.current?.querySelector<HTMLElement>("input, textarea, select")?.focus();
  }, [opening, selected?.id]);
  if (selected === null) {
    const count = state.selection.nodes.size;
    return <p class="nothing">{count > 1 ? t("flow.selected.n", { n: count }) : t("flow.select")}</p>;
  }
  const problems = problems_of.get(selected.id) ?? [];
  return (
    <div class="flow-panel" key={selected.id} ref={panel}>
      <h2>
        <Icon name={ICONS[selected.type]} />
        {typeOf(selected.type, t)}
      </h2>
      <p class="setting-hint">{t(`flow.type.${selected.type}.lead`)}</p>
      {problems.length === 0 ? null : (
        <ul class="flow-faults">
          {problems.map((problem) => (
            <li key={`${problem.code} ${problem.detail}`}>
              <Icon name="alert" size={14} />
              {problemText(workflow, problem, t)}
            </li>
          ))}
        </ul>
      )}
      <fieldset class="plain-fieldset" disabled={!editor.editable}>
        <Fields editor={editor} node={selected} />
        <Routes editor={editor} node={selected} onOpen={onOpen} />
      </fieldset>
      {editor.editable ? (
        <div>
          <button
            type="button"
            class="button is-small is-quiet-danger"
            onClick={() => editor.dispatch({ type: "remove", id: selected.id })}
          >
            <Icon name="trash" size={16} />
            {t("flow.delete.step")}
          </button>
        </div>
      ) : null}
    </div>
  );
}

function Fields({ editor, node }: FieldsProps): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <>
      <TextField
        label={t("flow.field.name")}
        value={node.name}
        most={MAX_NAME}
        onInput={(name) => change(editor, node, { name }, "name")}
      />
      <Details editor={editor} node={node} />
    </>
  );
}

function Details({ editor, node }: FieldsProps): JSX.Element | null {
  switch (node.type) {
    case "start":
      return null;
    case "llm":
      return (
        <>
          <Text editor={editor} node={node} field="prompt" value={node.prompt} />
          <ToolBoxes editor={editor} node={node} />
        </>
      );
    case "action":
      return <ActionFields editor={editor} node={node} />;
    case "condition":
      return <Text editor={editor} node={node} field="question" value={node.question} hint="condition" />;
    case "switch":
      return (
        <>
          <Text editor={editor} node={node} field="question" value={node.question} hint="switch" />
          <CaseFields editor={editor} node={node} />
        </>
      );
    case "collect":
      return <CollectFields editor={editor} node={node} />;
    case "handoff":
      return (
        <>
          <Text editor={editor} node={node} field="text" value={node.text} hint="handoff" />
          <Text editor={editor} node={node} field="reason" value={node.reason} />
        </>
      );
    case "end":
      return <Text editor={editor} node={node} field="text" value={node.text} hint="end" />;
    default:
      return node satisfies never;
  }
}

function CollectFields({ editor, node }: FieldsProps<Extract<WorkflowNode, { type: "collect" }>>): JSX.Element {
  const { t } = useAssistantI18n();
  const known = VALUE_TYPES.find((type) => type === node.value_type);
  return (
    <>
      <Text editor={editor} node={node} field="question" value={node.question} hint="collect" />
      <TextField
        label={t("flow.field.variable")}
        hint={t("flow.hint.variable", { example: `{{${node.variable || "order_number"}}}` })}
        value={node.variable}
        most={40}
        code
        onInput={(variable) => change(editor, node, { variable }, "variable")}
      />
      <SelectField
        label={t("flow.field.value_type")}
        value={known ?? "text"}
        choices={VALUE_TYPES.map((type) => [type, t(`flow.value.${type}`)] as const)}
        onPick={(value_type) => change(editor, node, { value_type })}
      />
    </>
  );
}

interface RoutesProps extends FieldsProps {
  readonly onOpen: (id: string) => void;
}

/** Where each route leads, as fields: the same as drawing a line on the canvas. */
function Routes({ editor, node, onOpen }: RoutesProps): JSX.Element | null {
  const { t } = useAssistantI18n();
  const routes = routesOf(node);
  // Not in reading order, which changes with each choice: the arrow keys would go round in it.
  const { nodes } = editor.workflow;
  const targets = useMemo(() => nodes.filter(({ type }) => type !== "start"), [nodes]);
  if (routes.length === 0) return null;
  return (
    <section class="flow-routes" aria-label={t("flow.routes")}>
      <h3>{t("flow.routes")}</h3>
      {routes.map((route) => (
        <div class="flow-route" key={route.key}>
          <SelectField
            label={routeLabel(node, route, t)}
            value={targets.some(({ id }) => id === route.target) ? route.target : ""}
            choices={[
              ["", targetLabel(editor.workflow, node, { ...route, target: "" }, t)],
              ...targets.map((one) => [one.id, `${labelOf(one, t)} · ${typeOf(one.type, t)}`] as const),
            ]}
            onPick={(target) => editor.dispatch({ type: "connect", source: node.id, key: route.key, target })}
          />
          {route.target === "" ? null : (
            <button
              type="button"
              class="icon-button"
              aria-label={t("flow.route.go", { route: routeLabel(node, route, t) })}
              title={t("flow.route.go", { route: routeLabel(node, route, t) })}
              onClick={() => onOpen(route.target)}
            >
              <Icon name="external" size={16} />
            </button>
          )}
        </div>
      ))}
    </section>
  );
}
