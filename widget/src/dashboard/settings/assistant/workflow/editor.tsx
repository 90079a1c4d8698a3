/** The workflow editor: toolbar, canvas or list of steps, and a panel beside them. */

import type { JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { useNarrow } from "../../../views/hooks";
import { Note } from "../../parts/components";
import { lazyPage } from "../../parts/lazy_page";
import { Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import type { AssistantApi, WorkflowDraft } from "../api";
import { useAssistantI18n } from "../i18n";
import type { Point } from "../model/edits";
import type { NodeType } from "../model/graph";
import type { Size } from "../model/layout";
import { TestChatPanel } from "../test/panel";
import type { CanvasProps } from "./canvas/canvas";
import { Header } from "./header";
import { NotInUse, useInUse } from "./in_use";
import { NodeList } from "./node_list";
import { NodePanel } from "./step/panel";
import { ProblemList } from "./problem_list";
import { SideTabs, type Tab } from "./side_tabs";
import { Stale } from "./stale";
import { Toolbar } from "./toolbar";
import { useEditor } from "./use_editor";
import { useEditorKeys } from "./keys";
import { Versions } from "./versions";

const Canvas = lazyPage<CanvasProps>(async () => (await import("./canvas/canvas")).Canvas);

interface EditorProps {
  readonly api: AssistantApi;
  readonly draft: WorkflowDraft;
  readonly editable: boolean;
  readonly onSaved: (draft: WorkflowDraft) => void;
  readonly onStale: () => void;
}

/** What the canvas tells the editor about itself. */
export interface View {
  center: () => Point;
  sizes: ReadonlyMap<string, Size>;
}

export interface Focus {
  readonly id: string;
  readonly count: number; // the same node may be asked for again
}

export function WorkflowEditor(props: EditorProps): JSX.Element {
  const { api } = props;
  const { t } = useAssistantI18n();
  const editor = useEditor(props);
  const inUse = useInUse(api);
  const { dispatch, workflow, selected, editable } = editor;
  const toast = useToast();
  const narrow = useNarrow();
  const [listed, setListed] = useState(false);
  const [tab, setTab] = useState<Tab>("step");
  const [focus, setFocus] = useState<Focus | null>(null);
  const [active, setActive] = useState(""); // the node where the test chat is
  const [opening, setOpening] = useState(0); // counts requests to focus the panel's first field
  const [arranged, setArranged] = useState(0); // counts layouts, after which the canvas shows everything
  const view = useRef<View>({ center: () => ({ x: 0, y: 0 }), sizes: new Map() });
  const list = narrow || listed;

  const show = useCallback((id: string): void => {
    setFocus((now) => ({ id, count: (now?.count ?? 0) + 1 }));
  }, []);
  const open = (id: string): void => {
    dispatch({ type: "select", nodes: [id] });
    show(id);
    setTab("step");
    setOpening((now) => now + 1);
  };
  const add = (type: NodeType): void => {
    const beside = selected === null ? null : { x: selected.x + 320, y: selected.y };
    dispatch({ type: "add", node: type, at: beside ?? (list ? below(editor.nodes) : view.current.center()) });
    setTab("step");
    setOpening((now) => now + 1);
  };
  const said = (): void => toast(t("flow.arranged"));
  const arrange = async (): Promise<void> => {
    const { layout } = await import("../model/layout");
    dispatch({ type: "move", to: layout(workflow, view.current.sizes), mark: null });
    setArranged((now) => now + 1);
    if (list) said();
  };
  useEditorKeys({ dispatch, editable });
  useEffect(() => {
    if (active !== "") show(active);
  }, [active, show]);

  return (
    <div class="flow">
      <Header editor={editor} api={api} inUse={inUse} />
      <NotInUse settings={inUse.settings} />
      {editor.theirs === null ? (
        <Wrong problem={editor.saving.problem} />
      ) : (
        <Stale editor={editor} theirs={editor.theirs} />
      )}
      {editor.state.saved.version === 0 ? <Note icon="sparkle">{t("flow.sample")}</Note> : null}
      <Toolbar
        editor={editor}
        listed={list}
        onListed={narrow ? null : setListed}
        onAdd={add}
        onArrange={() => void arrange()}
      />
      <div class="flow-main">
        {list ? (
          <NodeList editor={editor} active={active} onOpen={open} />
        ) : (
          <Canvas
            editor={editor}
            active={active}
            focus={focus}
            view={view.current}
            onOpen={() => setTab("step")}
            onEdit={open}
            arranged={arranged}
            onFitted={said}
          />
        )}
        <section class="flow-side" aria-label={t("flow.side")}>
          <SideTabs tab={tab} onPick={setTab} problems={editor.problems.length} />
          <div class="flow-tab" role="tabpanel" id={`flow-tab-${tab}`} aria-labelledby={`flow-tab-button-${tab}`}>
            {tab === "step" ? <NodePanel editor={editor} opening={opening} onOpen={open} /> : null}
            {tab === "problems" ? <ProblemList editor={editor} onOpen={open} /> : null}
            {tab === "versions" ? <Versions editor={editor} api={api} /> : null}
            <div hidden={tab !== "test"}>
              <TestChatPanel editor={editor} api={api} onActive={setActive} />
            </div>
          </div>
        </section>
      </div>
    </div>
  );
}

function below(nodes: readonly Point[]): Point {
  return { x: 0, y: Math.max(0, ...nodes.map(({ y }) => y)) + 180 };
}
