/** Bold and italic in the composer: puts the marks of Markdown around the selection, or takes them away. */

const MARKS: Readonly<Partial<Record<string, string>>> = { b: "**", i: "_" };

export interface Edit {
  /** What is replaced, by what, and the selection afterwards. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Ctrl+B, Ctrl+I, and ⌘ in place of Ctrl; null for other keys. */
export function markOf(event: KeyboardEvent): string | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return null;
  return MARKS[event.key.toLowerCase()] ?? null;
}

export function toggled(text: string, start: number, end: number, mark: string): Edit {
  const size = mark.length;
  const around = text.slice(start - size, start) === mark && text.slice(end, end + size) === mark && start >= size;
  let picked = text.slice(start, end);
  if (around) return { from: start - size, to: end + size, text: picked, start: start - size, end: end - size };
  if (picked.length > 2 * size && picked.startsWith(mark) && picked.endsWith(mark)) {
    picked = picked.slice(size, -size);
    return { from: start, to: end, text: picked, start, end: start + picked.length };
  }
  // Marks stand at words: what a double click selects too much stays outside.
  const from = start + (picked.length - picked.trimStart().length);
  const inner = picked.trim();
  const at = inner === "" ? start : from;
  return {
    from: at,
    to: inner === "" ? end : at + inner.length,
    text: mark + inner + mark,
    start: at + size,
    end: at + size + inner.length,
  };
}

/** Replaces a part of the field's text, so that the browser's own undo knows it. The field sends its `input` event. */
export function replace(area: HTMLTextAreaElement, { from, to, text, start, end }: Edit): void {
  area.focus();
  area.setSelectionRange(from, to);
  const done = text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text);
  if (!done) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  area.setSelectionRange(start, end);
}

export function insert(area: HTMLTextAreaElement, text: string): void {
  const { selectionStart: from, selectionEnd: to } = area;
  const end = from + text.length;
  replace(area, { from, to, text, start: end, end });
}
