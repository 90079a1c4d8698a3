/** The canvas: the workflow as a drawing. The only file with @xyflow/react, in a chunk that this page alone loads. */

import {
  applyNodeChanges,
  Background,
  type Connection,
  Controls,
  type Edge as FlowEdge,
  type EdgeChange,
  MiniMap,
  type Node as FlowNode,
  type NodeChange,
  ReactFlow,
  type ReactFlowInstance,
  SelectionMode,
} from "@xyflow/react";
import type { JSX } from "preact";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";

import { useAssistantI18n } from "../../i18n";
import { connectable, type Point } from "../../model/edits";
import { type Edge, edgesOf, routesOf, type WorkflowNode } from "../../model/graph";
import type { Size } from "../../model/layout";
import { type CanvasNodeData, CanvasNode } from "./node";
import type { Focus, View } from "../editor";
import { labelOf, routeLabel, typeOf } from "../labels";
import type { Editor } from "../use_editor";

export interface CanvasProps {
  readonly editor: Editor;
  readonly active: string;
  readonly focus: Focus | null;
  readonly view: View; // filled in here
  readonly arranged: number; // grows when everything must be shown
  readonly onFitted: () => void; // everything is shown
  readonly onOpen: () => void; // a step was clicked
  readonly onEdit: (id: string) => void; // Enter was pressed on the selected step
}

type Shown = FlowNode<CanvasNodeData>;

const NODE_TYPES = { step: CanvasNode };
const NODE_WIDTH = 240; // px, as in the style sheet
const MOVE_DURATION = 200; // ms
const MAP = { width: 150, height: 90 }; // px
const READABLE = 0.6; // zoom
const FIT = { padding: 0.15, maxZoom: 1 };

export function Canvas({ editor, active, focus, view, arranged, onFitted, onOpen, onEdit }: CanvasProps): JSX.Element {
  const { t, language } = useAssistantI18n();
  const { dispatch, editable, workflow } = editor;
  const instance = useRef<ReactFlowInstance<Shown> | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const [begun, setBegun] = useState(false); // the view is where it begins
  const [selecting, setSelecting] = useState(false); // dragging selects instead of moving the view
  const { nodes, changes } = useShownNodes(editor, active, view);
  const edges = useShownEdges(editor);
  useView(view, instance, box);
  useFocus(focus, instance, editor);
  useEffect(() => {
    // An effect: the library has the new places by then.
    if (arranged > 0) void instance.current?.fitView({ ...FIT, duration: duration() }).then(onFitted);
  }, [arranged]);
  const pressed = (event: KeyboardEvent): void => {
    const id = event.key === "Enter" && event.target instanceof HTMLElement ? event.target.dataset["id"] : undefined;
    if (id === undefined || !editor.state.selection.nodes.has(id)) return;
    event.preventDefault();
    event.stopPropagation();
    onEdit(id);
  };
  return (
    <section class="flow-canvas" ref={box} aria-label={t("flow.canvas")} aria-busy={!begun} onKeyDownCapture={pressed}>
      <ReactFlow<Shown>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onInit={(made) => {
          instance.current = made;
          void begin(made, box.current, editor).then(() => setBegun(true));
        }}
        onNodesChange={changes}
        onEdgesChange={(all: EdgeChange[]) => dispatchSelection(dispatch, "edges", all)}
        onConnect={({ source, sourceHandle, target }: Connection) =>
          dispatch({ type: "connect", source, key: sourceHandle ?? "next", target })
        }
        isValidConnection={({ target }: Connection | FlowEdge) => connectable(workflow, target)}
        onNodeClick={onOpen}
        onNodeDragStart={onOpen}
        nodesDraggable={editable}
        nodesConnectable={editable}
        deleteKeyCode={null}
        selectionOnDrag={selecting}
        panOnDrag={!selecting}
        selectionMode={SelectionMode.Partial}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={["Control", "Meta"]}
        connectionRadius={36}
        minZoom={0.1}
        maxZoom={2}
        attributionPosition="top-right"
        ariaLabelConfig={useMemo(() => labels(t), [language])}
      >
        <Background gap={20} />
        <Controls showInteractive={false} fitViewOptions={FIT} />
        <MiniMap pannable zoomable style={MAP} nodeClassName={(node: Shown) => `is-${node.data.node.type}`} />
      </ReactFlow>
      {editable ? (
        <button
          type="button"
          class="button is-small flow-select"
          aria-pressed={selecting}
          title={t("flow.box.lead")}
          onClick={() => setSelecting(!selecting)}
        >
          {t("flow.box")}
        </button>
      ) : null}
    </section>
  );
}

/** All of the workflow, or its beginning where all would be too small to read. */
async function begin(
  made: ReactFlowInstance<Shown>,
  box: HTMLElement | null,
  { workflow, nodes }: Editor,
): Promise<void> {
  await made.fitView(FIT);
  const first = nodes[0];
  if (made.getZoom() >= READABLE || first === undefined || box === null) return;
  const top = Math.min(...workflow.nodes.map(({ y }) => y));
  const y = Math.max(box.clientHeight / 2 - first.y * READABLE, 60 - top * READABLE);
  await made.setViewport({ x: 40 - first.x * READABLE, y, zoom: READABLE });
}

/** The nodes for the library. They keep what it measured; while one is dragged, its place is only known here. */
function useShownNodes(
  editor: Editor,
  active: string,
  view: View,
): { readonly nodes: Shown[]; readonly changes: (all: NodeChange<Shown>[]) => void } {
  const { t } = useAssistantI18n();
  const { workflow, problems_of, state, dispatch } = editor;
  const { nodes: selected } = state.selection;
  const known = useRef<ReadonlyMap<string, Shown>>(new Map()); // as they were shown last, with what was measured
  const [measured, remeasured] = useReducer((count: number) => count + 1, 0);
  const nodes = useMemo(() => {
    const made = workflow.nodes.map((node): Shown => {
      const old = known.current.get(node.id);
      const problems = problems_of.get(node.id)?.length ?? 0;
      const here = node.id === active;
      const same = old?.data.node === node && old.data.problems === problems && old.data.active === here;
      const on = selected.has(node.id);
      if (same && old !== undefined && old.selected === on) return old;
      const data = same && old !== undefined ? old.data : { node, problems, active: here };
      const placed = old?.dragging === true ? old.position : { x: node.x, y: node.y };
      const aria = `${typeOf(node.type, t)}: ${labelOf(node, t)}`;
      return { ...old, id: node.id, type: "step", position: placed, data, selected: on, ariaLabel: aria };
    });
    known.current = mapOf(made);
    return made;
  }, [workflow, problems_of, selected, active, measured]);
  view.sizes = useMemo(() => sizesOf(nodes), [nodes]);
  const changes = (all: NodeChange<Shown>[]): void => {
    dispatchSelection(dispatch, "nodes", all);
    const placed = new Map<string, Point>();
    for (const change of all)
      if (change.type === "position" && change.dragging !== true && change.position !== undefined)
        placed.set(change.id, change.position);
    const others = all.filter(({ type }) => type === "position" || type === "dimensions");
    if (others.length > 0) {
      known.current = mapOf(applyNodeChanges(others, [...known.current.values()]));
      remeasured(undefined);
    }
    if (placed.size > 0) dispatch({ type: "move", to: placed, mark: null });
  };
  return { nodes, changes };
}

function mapOf(nodes: readonly Shown[]): ReadonlyMap<string, Shown> {
  return new Map(nodes.map((node) => [node.id, node]));
}

/** The lines for the library. One that has not changed stays the same object, so that it is not drawn again. */
function useShownEdges({ workflow, state }: Editor): FlowEdge[] {
  const { t } = useAssistantI18n();
  const { edges: selected } = state.selection;
  const known = useRef<ReadonlyMap<string, FlowEdge>>(new Map());
  return useMemo(() => {
    const by_id = new Map(workflow.nodes.map((node) => [node.id, node]));
    const made = edgesOf(workflow).map((edge): FlowEdge => {
      const { id, source, key, target } = edge;
      const from = by_id.get(source);
      const label = from === undefined ? id : edgeLabel(from, edge, labelOf(by_id.get(target) ?? from, t), t);
      const old = known.current.get(id);
      if (old?.target === target && old.selected === selected.has(id) && old.ariaLabel === label) return old;
      return {
        id,
        source,
        sourceHandle: key,
        target,
        targetHandle: "in",
        selected: selected.has(id),
        ariaLabel: label,
      };
    });
    known.current = new Map(made.map((edge) => [edge.id, edge]));
    return made;
  }, [workflow, selected]);
}

function edgeLabel(source: WorkflowNode, edge: Edge, to: string, t: ReturnType<typeof useAssistantI18n>["t"]): string {
  const route = routesOf(source).find(({ key }) => key === edge.key);
  return t("flow.edge", {
    from: labelOf(source, t),
    route: route === undefined ? edge.key : routeLabel(source, route, t),
    to,
  });
}

function dispatchSelection(
  dispatch: Editor["dispatch"],
  of: "nodes" | "edges",
  all: readonly (NodeChange<Shown> | EdgeChange)[],
): void {
  const changes = new Map<string, boolean>();
  for (const change of all) if (change.type === "select") changes.set(change.id, change.selected);
  if (changes.size > 0) dispatch({ type: "selected", of, changes });
}

function sizesOf(nodes: readonly Shown[]): ReadonlyMap<string, Size> {
  const found = new Map<string, Size>();
  for (const { id, measured } of nodes)
    if (measured?.width !== undefined && measured.height !== undefined)
      found.set(id, { width: measured.width, height: measured.height });
  return found;
}

/** Lets the editor ask where the middle of the canvas is. */
function useView(
  view: View,
  instance: { readonly current: ReactFlowInstance<Shown> | null },
  box: { readonly current: HTMLElement | null },
): void {
  useEffect(() => {
    view.center = () => {
      const area = box.current?.getBoundingClientRect();
      if (area === undefined || instance.current === null) return { x: 0, y: 0 };
      const middle = { x: area.x + area.width / 2, y: area.y + area.height / 2 };
      const { x, y } = instance.current.screenToFlowPosition(middle);
      return { x: x - NODE_WIDTH / 2, y: y - 40 };
    };
    return () => {
      view.sizes = new Map();
    };
  }, []);
}

function useFocus(
  focus: Focus | null,
  instance: { readonly current: ReactFlowInstance<Shown> | null },
  { workflow }: Editor,
): void {
  const latest = useRef(workflow);
  latest.current = workflow;
  useEffect(() => {
    const node = latest.current.nodes.find(({ id }) => id === focus?.id);
    if (node === undefined || instance.current === null) return;
    const zoom = Math.max(0.6, Math.min(1, instance.current.getZoom()));
    void instance.current.setCenter(node.x + NODE_WIDTH / 2, node.y + 60, { zoom, duration: duration() });
  }, [focus]);
}

function duration(): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : MOVE_DURATION;
}

function labels(t: ReturnType<typeof useAssistantI18n>["t"]) {
  return {
    "node.a11yDescription.default": t("flow.a11y.node"),
    "node.a11yDescription.keyboardDisabled": t("flow.a11y.node"),
    "node.a11yDescription.ariaLiveMessage": ({ x, y }: { direction: string; x: number; y: number }) =>
      t("flow.a11y.moved", { x, y }),
    "edge.a11yDescription.default": t("flow.a11y.edge"),
    "controls.ariaLabel": t("flow.a11y.controls"),
    "controls.zoomIn.ariaLabel": t("flow.zoom.in"),
    "controls.zoomOut.ariaLabel": t("flow.zoom.out"),
    "controls.fitView.ariaLabel": t("flow.zoom.fit"),
    "controls.interactive.ariaLabel": t("flow.edit"),
    "minimap.ariaLabel": t("flow.minimap"),
    "handle.ariaLabel": t("flow.a11y.handle"),
  };
}
