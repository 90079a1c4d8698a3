/** The toolbar of the editor: new steps, undo and redo, layout, files, and the choice between canvas and list. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { Icon, type IconName } from "../../../views/parts/icons";
import { download } from "../../parts/download";
import { useToast } from "../../parts/toast";
import { useAssistantI18n } from "../i18n";
import { type FileFault, fileText, workflowOf } from "../model/file";
import { MAX_NODES, NODE_TYPES, type NodeType } from "../model/graph";
import { ICONS, typeOf } from "./labels";
import type { Editor } from "./use_editor";

interface ToolbarProps {
  readonly editor: Editor;
  readonly listed: boolean;
  readonly onListed: ((listed: boolean) => void) | null; // null: only the list fits
  readonly onAdd: (type: NodeType) => void;
  readonly onArrange: () => void;
}

export function Toolbar({ editor, listed, onListed, onAdd, onArrange }: ToolbarProps): JSX.Element {
  const { t } = useAssistantI18n();
  const { state, workflow, dispatch, editable } = editor;
  const { past, future } = state.history;
  const chosen = state.selection.nodes.size + state.selection.edges.size;
  return (
    <div class="flow-bar">
      {editable ? (
        <>
          <div class="flow-tools" role="group" aria-label={t("flow.add")}>
            {NODE_TYPES.map((type) => (
              <button
                key={type}
                type="button"
                class={`button is-small flow-add is-${type}`}
                aria-label={t("flow.add.of", { type: typeOf(type, t) })}
                disabled={
                  workflow.nodes.length >= MAX_NODES ||
                  (type === "start" && workflow.nodes.some((node) => node.type === "start"))
                }
                onClick={() => onAdd(type)}
              >
                <Icon name={ICONS[type]} size={16} />
                {typeOf(type, t)}
              </button>
            ))}
          </div>
          <div class="flow-tools" role="group" aria-label={t("flow.edit")}>
            <Tool
              icon="undo"
              label={t("flow.undo")}
              keys="Control+Z"
              disabled={past.length === 0}
              onClick={() => dispatch({ type: "undo" })}
            />
            <Tool
              icon="redo"
              label={t("flow.redo")}
              keys="Control+Shift+Z"
              disabled={future.length === 0}
              onClick={() => dispatch({ type: "redo" })}
            />
            <Tool
              icon="copy"
              label={t("flow.duplicate")}
              keys="Control+D"
              disabled={state.selection.nodes.size === 0}
              onClick={() => dispatch({ type: "duplicate selected" })}
            />
            <Tool
              icon="trash"
              label={t("flow.delete")}
              keys="Delete"
              disabled={chosen === 0}
              onClick={() => dispatch({ type: "remove selected" })}
            />
            <button type="button" class="button is-small" onClick={onArrange}>
              {t("flow.arrange")}
            </button>
          </div>
        </>
      ) : null}
      <div class="flow-tools is-end" role="group" aria-label={t("flow.files")}>
        {editable ? <Import editor={editor} /> : null}
        <button
          type="button"
          class="button is-small"
          onClick={() => download("workflow.json", "application/json", fileText(workflow))}
        >
          <Icon name="download" size={16} />
          {t("flow.export")}
        </button>
        {onListed === null ? null : (
          <button type="button" class="button is-small" aria-pressed={listed} onClick={() => onListed(!listed)}>
            {t("flow.as_list")}
          </button>
        )}
      </div>
    </div>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly keys: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}

function Tool({ icon, label, keys, disabled, onClick }: ToolProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      aria-keyshortcuts={keys}
      title={`${label} (${keys.replace("Control", "Ctrl")})`}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

function Import({ editor }: { readonly editor: Editor }): JSX.Element {
  const { t } = useAssistantI18n();
  const toast = useToast();
  const input = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState<FileFault | null>(null);
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const made = workflowOf(await file.text());
    if (input.current !== null) input.current.value = ""; // the same file may be chosen again
    if (typeof made === "string") return setFault(made);
    setFault(null);
    editor.dispatch({ type: "replace", workflow: made });
    toast(t("flow.imported", { n: made.nodes.length }));
  };
  return (
    <>
      {fault === null ? null : (
        <small class="flow-why" role="alert">
          {t(`flow.import.${fault}`)}
        </small>
      )}
      <input
        ref={input}
        type="file"
        class="sr-only"
        tabIndex={-1}
        aria-hidden="true"
        accept="application/json,.json"
        onChange={(event) => void read(event.currentTarget.files?.[0])}
      />
      <button type="button" class="button is-small" onClick={() => input.current?.click()}>
        {t("flow.import")}
      </button>
    </>
  );
}
