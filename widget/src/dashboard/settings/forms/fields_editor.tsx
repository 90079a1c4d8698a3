/** The fields in the builder: added, removed, and moved by dragging or with Alt and the arrow keys. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../../views/parts/icons";
import { useSettingsI18n } from "../i18n";
import { type Action, type FieldDraft, MAX_FIELDS } from "./draft";
import { FieldEditor } from "./field_editor";

interface FieldsEditorProps {
  readonly fields: readonly FieldDraft[];
  readonly error: (place: string) => string | null; // `label 1`: with the id of the field
  readonly dispatch: (action: Action) => void;
}

export function FieldsEditor({ fields, error, dispatch }: FieldsEditorProps): JSX.Element {
  const { t } = useSettingsI18n();
  const list = useRef<HTMLOListElement>(null);
  const [said, setSaid] = useState("");
  const focus = useRef<(() => HTMLElement | null | undefined) | null>(null); // where it goes when the list is drawn
  const nameOf = (field: FieldDraft): string =>
    field.label.trim() === "" ? t("forms.field.n", { n: fields.indexOf(field) + 1 }) : field.label;
  const move = (field: FieldDraft, to: number): void => {
    if (to < 0 || to >= fields.length) return;
    dispatch({ type: "move", id: field.id, to });
    setSaid(t("forms.moved", { name: nameOf(field), n: to + 1, count: fields.length }));
    const active = document.activeElement; // it may lose the focus because its node moves
    const stays = (): boolean =>
      active instanceof HTMLElement && list.current?.contains(active) === true && !active.matches(":disabled");
    focus.current = () => (stays() ? (active as HTMLElement) : gripOf(field.id));
  };
  const gripOf = (id: number) => list.current?.querySelector<HTMLElement>(`[data-grip="${id}"]`);
  const drag = useDrag(list, (id, to) => {
    const field = fields.find((one) => one.id === id);
    if (field !== undefined) move(field, to);
  });
  useLayoutEffect(() => {
    focus.current?.()?.focus();
    focus.current = null;
  }, [fields]);
  return (
    <div class="builder-fields">
      <h3>{t("forms.fields")}</h3>
      <p class="setting-hint">{t("forms.fields.hint")}</p>
      <ol ref={list}>
        {fields.map((field, index) => (
          <li key={field.id} class={drag.classOf(field.id, index)}>
            <FieldEditor
              field={field}
              index={index}
              count={fields.length}
              error={(place) => error(`${place} ${field.id}`)}
              dispatch={dispatch}
              onMove={(to) => move(field, to)}
              onRemove={() => {
                dispatch({ type: "remove", id: field.id });
                setSaid(t("forms.removed", { name: nameOf(field) }));
                const next = fields[index + 1] ?? fields[index - 1];
                if (next !== undefined) focus.current = () => gripOf(next.id);
              }}
              onGrab={(event) => drag.start(field.id, event)}
            />
          </li>
        ))}
      </ol>
      <p class="sr-only" role="status">
        {said}
      </p>
      <button
        type="button"
        class="button"
        disabled={fields.length >= MAX_FIELDS}
        onClick={() => {
          dispatch({ type: "add" });
          setSaid(t("forms.added", { n: fields.length + 1 }));
          focus.current = () => list.current?.querySelector<HTMLElement>("li:last-child input");
        }}
      >
        <Icon name="plus" size={16} />
        {t("forms.add")}
      </button>
    </div>
  );
}

interface Drag {
  readonly start: (id: number, event: PointerEvent) => void;
  readonly classOf: (id: number, index: number) => string;
}

/** Dragging with any pointer. The list is reordered when the field is dropped; until then a line shows where. */
function useDrag(list: { readonly current: HTMLElement | null }, drop: (id: number, to: number) => void): Drag {
  const [dragged, setDragged] = useState<{ readonly id: number; readonly from: number; readonly to: number } | null>(
    null,
  );
  const latest = useRef({ dragged, drop });
  latest.current = { dragged, drop };
  const going = dragged !== null;
  useEffect(() => {
    if (!going) return undefined;
    const moved = (event: PointerEvent): void => {
      const items = [...(list.current?.children ?? [])];
      const below = items.filter((item) => {
        const { top, height } = item.getBoundingClientRect();
        return event.clientY > top + height / 2;
      }).length; // fields whose middle is above the pointer
      setDragged((now) => now && { ...now, to: below > now.from ? below - 1 : below });
    };
    const ended = (event: PointerEvent): void => {
      const { dragged: now, drop: act } = latest.current;
      setDragged(null);
      if (event.type === "pointerup" && now !== null && now.to !== now.from) act(now.id, now.to);
    };
    const escaped = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setDragged(null);
    };
    addEventListener("pointermove", moved);
    addEventListener("pointerup", ended);
    addEventListener("pointercancel", ended);
    addEventListener("keydown", escaped);
    return () => {
      removeEventListener("pointermove", moved);
      removeEventListener("pointerup", ended);
      removeEventListener("pointercancel", ended);
      removeEventListener("keydown", escaped);
    };
  }, [going]);
  return {
    start: (id, event) => {
      if (event.button !== 0) return;
      const from = [...(list.current?.children ?? [])].findIndex((item) => item.contains(event.target as Node));
      setDragged({ id, from, to: from });
    },
    classOf: (id, index) => {
      if (dragged === null) return "";
      if (dragged.id === id) return "is-dragged";
      if (dragged.to !== index || dragged.to === dragged.from) return "";
      return dragged.to < dragged.from ? "is-drop-before" : "is-drop-after";
    },
  };
}
