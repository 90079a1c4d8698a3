/** The emoji picker: a field that finds them by name, and a grid that the arrow keys move in. Loaded on first use. */

import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { isComposing } from "../../ui/keys";
import { others } from "texts:./texts";
import { Area, type Language } from "../texts/areas";
import type { Emoji } from "./data";
import { matching, nameOf, recent, used } from "./search";
import { en, type Key } from "./texts/en";

const TEXTS = new Area<Key>(en, others);

const COLUMNS = 8; // as .emoji-grid in styles/conversation/emoji.css
const LIST = "emoji-list";

interface PickerProps {
  readonly language: Language;
  readonly onPick: (sign: string) => void;
  readonly onClose: () => void;
}

export function Picker({ language, onPick, onClose }: PickerProps): JSX.Element {
  const t = TEXTS.translator(language);
  const root = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const storage = useMemo(localStore, []);
  const last = useMemo(() => recent(storage), [storage]);
  const searching = query.trim() !== "";
  const all = useMemo(() => matching(query), [query]);
  const shown = searching ? all : [...last, ...all];
  const chosen = shown[active];

  useLayoutEffect(() => root.current?.querySelector("input")?.focus(), []);
  useLayoutEffect(() => {
    root.current?.querySelector(`#${optionId(active)}`)?.scrollIntoView({ block: "nearest" });
  }, [active, query]);
  useEffect(() => {
    const outside = (event: Event): void => {
      // The button that opened it closes it by its own click.
      if (event.target instanceof Node && root.current?.parentElement?.contains(event.target) === false) onClose();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, []);

  const pick = (emoji: Emoji | undefined): void => {
    if (emoji === undefined) return;
    used(emoji, storage);
    onPick(emoji.sign);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (isComposing(event)) return;
    const to = searching
      ? moved(event.key, active, shown.length)
      : movedIn(event.key, active, last.length, shown.length);
    if (to !== null) setActive(to);
    else if (event.key === "Enter") pick(chosen);
    else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.preventDefault();
  };
  const grid = (emoji: readonly Emoji[], from: number): JSX.Element => (
    <div class="emoji-grid" role="presentation">
      {emoji.map((one, index) => (
        // biome-ignore lint/a11y: the field keeps the focus and the keys, aria-activedescendant points here
        <div
          key={one.sign}
          id={optionId(from + index)}
          role="option"
          aria-selected={from + index === active}
          aria-label={nameOf(one, language)}
          title={nameOf(one, language)}
          class={from + index === active ? "emoji is-active" : "emoji"}
          onPointerMove={() => setActive(from + index)}
          onClick={() => pick(one)}
        >
          {one.sign}
        </div>
      ))}
    </div>
  );
  return (
    <div class="emoji-picker" role="dialog" aria-label={t("label")} ref={root} onKeyDown={onKeyDown}>
      <input
        class="menu-filter"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={LIST}
        aria-activedescendant={chosen === undefined ? undefined : optionId(active)}
        aria-label={t("search")}
        placeholder={t("search")}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
      />
      <div class="emoji-list" id={LIST} role="listbox" aria-label={t("label")}>
        {!searching && last.length > 0 ? (
          <>
            <p class="emoji-head" role="presentation">
              {t("recent")}
            </p>
            {grid(last, 0)}
            <p class="emoji-head" role="presentation">
              {t("all")}
            </p>
          </>
        ) : null}
        {grid(all, searching ? 0 : last.length)}
      </div>
      {shown.length === 0 ? <p class="emoji-none">{t("none")}</p> : null}
      <p class="emoji-name" aria-hidden="true">
        {chosen === undefined ? "" : `${chosen.sign} ${nameOf(chosen, language)}`}
      </p>
      <span class="sr-only" role="status">
        {searching ? (shown.length === 0 ? t("none") : t("found", { n: shown.length })) : ""}
      </span>
    </div>
  );
}

function optionId(index: number): string {
  return `emoji-${index}`;
}

/** Where an arrow key moves in one grid; null for other keys. */
export function moved(key: string, at: number, count: number): number | null {
  const steps: Readonly<Partial<Record<string, number>>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: COLUMNS,
    ArrowUp: -COLUMNS,
  };
  const step = steps[key];
  if (step === undefined) return null;
  const to = at + step;
  return to >= 0 && to < count ? to : at;
}

/** As `moved`, in two grids: of `first` emoji, and of the others. The columns are kept. */
export function movedIn(key: string, at: number, first: number, count: number): number | null {
  const column = (at < first ? at : at - first) % COLUMNS;
  if (key === "ArrowDown" && at < first && at + COLUMNS >= first) {
    const sameGrid = Math.floor(at / COLUMNS) < Math.floor((first - 1) / COLUMNS);
    return sameGrid ? first - 1 : Math.min(count - 1, first + column);
  }
  if (key === "ArrowUp" && at >= first && at - first < COLUMNS && first > 0) {
    const lastRow = Math.floor((first - 1) / COLUMNS) * COLUMNS;
    return Math.min(first - 1, lastRow + column);
  }
  return moved(key, at, count);
}

function localStore(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
