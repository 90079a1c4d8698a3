/** A step on the canvas: its type, name and first line, and a handle for each route. */

import { Handle, Position } from "@xyflow/react";
import type { JSX } from "preact";
import { memo } from "preact/compat";

import { Icon } from "../../../../views/parts/icons";
import { useAssistantI18n, worded } from "../../i18n";
import { excerpt, routesOf, type WorkflowNode } from "../../model/graph";
import { ICONS, labelOf, routeLabel, typeOf } from "../labels";

export interface CanvasNodeData extends Record<string, unknown> {
  readonly node: WorkflowNode;
  readonly problems: number;
  readonly active: boolean; // the test chat is here
}

export const CanvasNode = memo(function CanvasNode({ data }: { readonly data: CanvasNodeData }): JSX.Element {
  const { t } = useAssistantI18n();
  const { node, problems, active } = data;
  const label = labelOf(node, t);
  const text = excerpt(node);
  const line = text === "" && node.type === "action" ? worded(t, "flow.tool", node.tool) : text;
  return (
    <div class={`flow-node is-${node.type}${active ? " is-active" : ""}${problems > 0 ? " is-faulty" : ""}`}>
      {node.type === "start" ? null : <Handle type="target" position={Position.Left} id="in" />}
      <div class="flow-node-head">
        <Icon name={ICONS[node.type]} size={16} />
        <small>{typeOf(node.type, t)}</small>
        {problems === 0 ? null : (
          <span class="tag is-warn" title={t("flow.problems.n", { n: problems })}>
            <Icon name="alert" size={14} />
            {problems}
          </span>
        )}
      </div>
      {label === typeOf(node.type, t) ? null : <b>{label}</b>}
      {line === "" || line === label ? null : <p>{line}</p>}
      {routesOf(node).map((route) => (
        <div class="flow-node-route" key={route.key}>
          {routeLabel(node, route, t)}
          <Handle
            type="source"
            position={Position.Right}
            id={route.key}
            class={route.target === "" && !route.optional ? "is-open" : undefined}
          />
        </div>
      ))}
    </div>
  );
});
