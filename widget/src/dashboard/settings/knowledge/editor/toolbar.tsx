/** The toolbar of the editor, with the keys that do the same. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { useKnowledgeI18n } from "../i18n";
import type { Mark } from "./markup";

const MARKS = ["bold", "italic", "link", "heading", "list", "numbers"] as const satisfies readonly Mark[];

const SHAPES: Readonly<Record<Mark, string>> = {
  bold: "M6.5 4.5h4.2a2.6 2.6 0 0 1 0 5.3H6.5v-5.3Zm0 5.3h5a2.9 2.9 0 0 1 0 5.7h-5V9.8Z",
  italic: "M8.5 4.5h5.5M6 15.5h5.5M11.5 4.5l-3 11",
  link: "M8.4 11.6a3 3 0 0 0 4.3 0l2.4-2.4a3 3 0 0 0-4.3-4.3l-1 1M11.6 8.4a3 3 0 0 0-4.3 0l-2.4 2.4a3 3 0 0 0 4.3 4.3l1-1",
  heading: "M5.5 4.5v11M14.5 4.5v11M5.5 10h9",
  list: "M8 5.5h8M8 10h8M8 14.5h8M4.5 5.5h.01M4.5 10h.01M4.5 14.5h.01",
  numbers: "M9 5.5h7M9 10h7M9 14.5h7M4 4.3l1.2-.6v3.6M3.8 12.9c.3-.8 2-.8 2 .3 0 .9-2 1.500-2 2.300h2.200",
};

const APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

/** The mark of a pressed key: Ctrl, or ⌘ on a Mac. Digits by their place, which Shift does not change. */
export function markOf(event: KeyboardEvent): Mark | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  if (event.shiftKey) {
    if (event.code === "Digit8") return "list";
    if (event.code === "Digit7") return "numbers";
    return event.key.toLowerCase() === "h" ? "heading" : null;
  }
  const marks: Readonly<Record<string, Mark>> = { b: "bold", i: "italic", k: "link" };
  return marks[event.key.toLowerCase()] ?? null;
}

const KEYS: Readonly<Record<Mark, readonly [boolean, string]>> = {
  bold: [false, "B"],
  italic: [false, "I"],
  link: [false, "K"],
  heading: [true, "H"],
  list: [true, "8"],
  numbers: [true, "7"],
};

function keysOf(mark: Mark): string {
  const [shift, key] = KEYS[mark];
  return APPLE ? `${shift ? "⇧" : ""}⌘${key}` : `Ctrl+${shift ? "Shift+" : ""}${key}`;
}

interface ToolbarProps {
  readonly controls: string; // the id of the text field
  readonly onMark: (mark: Mark) => void;
}

/** One tab stop; the arrow keys move between the buttons. */
export function Toolbar({ controls, onMark }: ToolbarProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const [stop, setStop] = useState(0);
  const bar = useRef<HTMLDivElement>(null);
  const moved = (event: KeyboardEvent): void => {
    const last = MARKS.length - 1;
    const to = { ArrowRight: stop + 1, ArrowLeft: stop - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + MARKS.length) % MARKS.length;
    setStop(next);
    bar.current?.querySelectorAll<HTMLElement>("button")[next]?.focus();
  };
  return (
    <div
      class="markup-bar"
      role="toolbar"
      aria-label={t("editor.toolbar")}
      aria-controls={controls}
      ref={bar}
      onKeyDown={moved}
    >
      {MARKS.map((mark, index) => (
        <button
          key={mark}
          type="button"
          class="icon-button"
          aria-label={t(`editor.${mark}`)}
          title={`${t(`editor.${mark}`)} (${keysOf(mark)})`}
          tabIndex={index === stop ? 0 : -1}
          onFocus={() => setStop(index)}
          onMouseDown={(event) => event.preventDefault()} // the text keeps its selection
          onClick={() => onMark(mark)}
        >
          <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" aria-hidden="true">
            <path d={SHAPES[mark]} stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
          </svg>
        </button>
      ))}
    </div>
  );
}
