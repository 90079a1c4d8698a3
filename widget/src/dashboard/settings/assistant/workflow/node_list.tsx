/** The steps as a list, in reading order: an alternative to the canvas, and all that fits on a phone. */

import type { JSX } from "preact";

import { Icon } from "../../../views/parts/icons";
import { useAssistantI18n } from "../i18n";
import { routesOf, type WorkflowNode } from "../model/graph";
import { ICONS, labelOf, routeLabel, targetLabel, typeOf } from "./labels";
import type { Editor } from "./use_editor";

interface NodeListProps {
  readonly editor: Editor;
  readonly active: string;
  readonly onOpen: (id: string) => void;
}

export function NodeList({ editor, active, onOpen }: NodeListProps): JSX.Element {
  const { t } = useAssistantI18n();
  return (
    <section class="flow-list" aria-label={t("flow.steps")}>
      {editor.nodes.length === 0 ? <p class="nothing">{t("flow.empty")}</p> : null}
      <ol>
        {editor.nodes.map((node) => (
          <Item key={node.id} editor={editor} node={node} active={node.id === active} onOpen={onOpen} />
        ))}
      </ol>
    </section>
  );
}

interface ItemProps {
  readonly editor: Editor;
  readonly node: WorkflowNode;
  readonly active: boolean;
  readonly onOpen: (id: string) => void;
}

function Item({ editor, node, active, onOpen }: ItemProps): JSX.Element {
  const { t } = useAssistantI18n();
  const problems = editor.problems_of.get(node.id)?.length ?? 0;
  const routes = routesOf(node);
  return (
    <li class={`flow-item is-${node.type}${active ? " is-active" : ""}`}>
      <button
        type="button"
        aria-pressed={editor.selected?.id === node.id}
        aria-current={active ? "step" : undefined}
        onClick={() => onOpen(node.id)}
      >
        <Icon name={ICONS[node.type]} />
        <span class="item-text">
          <small>{typeOf(node.type, t)}</small>
          <b>{labelOf(node, t)}</b>
        </span>
        {problems === 0 ? null : (
          <span class="tag is-warn">
            <Icon name="alert" size={14} /> {t("flow.problems.n", { n: problems })}
          </span>
        )}
      </button>
      {routes.length === 0 ? null : (
        <ul class="flow-item-routes">
          {routes.map((route) => (
            <li key={route.key}>
              {routeLabel(node, route, t)} → {targetLabel(editor.workflow, node, route, t)}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
