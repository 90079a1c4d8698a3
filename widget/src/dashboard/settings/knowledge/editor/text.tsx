/** The Markdown of an article beside its preview; on narrow screens one of them, by tabs. */

import type { JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";

import { useMedia } from "../../../views/hooks";
import { Icon } from "../../../views/parts/icons";
import { isComposing } from "../../../../ui/keys";
import { useKnowledgeI18n } from "../i18n";
import { MAX_CONTENT, nearLimit } from "./draft";
import { type Mark, marked } from "./markup";
import { Preview } from "./preview";
import { markOf, Toolbar } from "./toolbar";

interface TextProps {
  readonly title: string;
  readonly language: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly error: string | null;
}

const SIDE_BY_SIDE = "(min-width: 1100px)";
const TABS = ["write", "preview"] as const;

export function TextEditor({ title, language, value, onInput, error }: TextProps): JSX.Element {
  const { t, language: mine } = useKnowledgeI18n();
  const id = useId();
  const wide = useMedia(SIDE_BY_SIDE);
  const [tab, setTab] = useState<(typeof TABS)[number]>("write");
  const area = useRef<HTMLTextAreaElement>(null);
  const mark = (wanted: Mark): void => {
    const field = area.current;
    if (field === null) return;
    const { selectionStart: start, selectionEnd: end } = field;
    const edit = marked(wanted, { text: field.value, start, end });
    field.focus();
    field.setSelectionRange(edit.start, edit.end);
    // The one way that keeps the browser's undo; deprecated, but without a successor.
    const command = edit.text === "" ? "delete" : "insertText";
    if (edit.start !== edit.end || edit.text !== "") {
      if (!document.execCommand(command, false, edit.text)) {
        field.setRangeText(edit.text);
        onInput(field.value);
      }
    }
    field.setSelectionRange(...edit.selected);
  };
  const pressed = (event: KeyboardEvent): void => {
    const wanted = isComposing(event) ? null : markOf(event);
    if (wanted === null) return;
    event.preventDefault();
    event.stopPropagation(); // Ctrl+K opens the palette elsewhere
    mark(wanted);
  };
  const length = nearLimit(value);
  const writes = wide || tab === "write";
  return (
    <div class={wide ? "markup is-split" : "markup"}>
      <div class="markup-head">
        <label for={id}>{t("article.content")}</label>
        {wide ? null : <Tabs tab={tab} id={id} onPick={setTab} />}
      </div>
      <div class="markup-write" hidden={!writes} {...panel(wide, id, "write")}>
        <Toolbar controls={id} onMark={mark} />
        <textarea
          id={id}
          ref={area}
          class="input"
          lang={language}
          dir="auto"
          spellcheck
          value={value}
          aria-describedby={`${id}-hint ${id}-error`}
          aria-invalid={error !== null}
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={pressed}
        />
      </div>
      <div class="markup-preview" hidden={!wide && tab !== "preview"} {...panel(wide, id, "preview")}>
        {wide || tab === "preview" ? <Preview title={title} language={language} content={value} /> : null}
      </div>
      <p class="setting-hint markup-hint" id={`${id}-hint`}>
        {t("article.content.hint")}
      </p>
      <div id={`${id}-error`} role="alert" class="wrong">
        {error === null ? null : (
          <p class="setting-error">
            <Icon name="alert" size={14} />
            {error}
          </p>
        )}
      </div>
      <p class={length > MAX_CONTENT ? "markup-count is-over" : "markup-count"} role="status">
        {length === 0
          ? ""
          : t("article.length", { length: length.toLocaleString(mine), most: MAX_CONTENT.toLocaleString(mine) })}
      </p>
    </div>
  );
}

interface TabsProps {
  readonly tab: (typeof TABS)[number];
  readonly id: string;
  readonly onPick: (tab: (typeof TABS)[number]) => void;
}

/** One tab stop; the arrow keys choose. */
function Tabs({ tab, id, onPick }: TabsProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const list = useRef<HTMLDivElement>(null);
  const moved = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    const next = tab === "write" ? "preview" : "write";
    onPick(next);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[TABS.indexOf(next)]?.focus();
  };
  return (
    <div class="markup-tabs" role="tablist" aria-label={t("article.content")} ref={list} onKeyDown={moved}>
      {TABS.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`${id}-tab-${one}`}
          aria-selected={one === tab}
          aria-controls={`${id}-${one}`}
          tabIndex={one === tab ? 0 : -1}
          onClick={() => onPick(one)}
        >
          {t(`editor.${one}`)}
        </button>
      ))}
    </div>
  );
}

interface Panel {
  readonly id: string;
  readonly role?: "tabpanel";
  readonly "aria-labelledby"?: string;
}

/** Side by side they are no tabs, and the preview is a region. */
function panel(wide: boolean, id: string, name: "write" | "preview"): Panel {
  if (wide) return { id: `${id}-${name}` };
  return { id: `${id}-${name}`, role: "tabpanel", "aria-labelledby": `${id}-tab-${name}` };
}
