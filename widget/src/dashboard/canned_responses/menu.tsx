/** The list of canned responses above the composer, with a preview of the chosen one. The composer has the keys. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import type { CannedResponse, MyProject } from "../../rest/types";
import type { Translate } from "../texts/i18n";
import { To } from "../views/parts/to";

export const LIST_ID = "canned-responses";
const BEGINNING = 200; // UTF-16 units, more than a line: the layout of twenty whole texts took half of a key press

interface MenuProps {
  readonly label: string;
  readonly found: readonly CannedResponse[];
  readonly active: number;
  readonly textOf: (response: CannedResponse) => string; // with its variables filled in
  readonly categories: readonly string[];
  readonly category: string; // "": all
  readonly t: Translate;
  readonly onCategory: (category: string) => void;
  readonly onActive: (index: number) => void;
  readonly onPick: (response: CannedResponse) => void;
}

export function CannedMenu(props: MenuProps): JSX.Element {
  const { label, found, active, textOf, categories, category, t, onCategory, onActive, onPick } = props;
  const list = useRef<HTMLDivElement>(null);
  const chosen = found[active];
  useLayoutEffect(() => {
    list.current?.querySelector(".is-active")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div class="canned">
      {categories.length === 0 ? null : (
        <div
          class="canned-categories"
          role="group"
          aria-label={t("canned.categories")}
          title={t("canned.categories.keys")}
        >
          {["", ...categories].map((name) => (
            <button
              type="button"
              key={name}
              tabIndex={-1} // the keys are Page Up and Page Down
              class="canned-category"
              aria-pressed={name === category}
              onMouseDown={(event) => event.preventDefault()} // the composer keeps the focus
              onClick={() => onCategory(name)}
            >
              {name === "" ? t("canned.categories.all") : name}
            </button>
          ))}
        </div>
      )}
      <div class="canned-list" role="listbox" id={LIST_ID} aria-label={label} tabIndex={0} ref={list}>
        {found.map((one, index) => (
          // biome-ignore lint/a11y: the composer keeps the focus and the keys, aria-activedescendant points here
          <div
            key={one.id}
            id={optionId(one)}
            role="option"
            aria-selected={index === active}
            class={index === active ? "choice is-active" : "choice"}
            onPointerMove={() => onActive(index)}
            onMouseDown={(event) => event.preventDefault()} // the composer keeps the focus
            onClick={() => onPick(one)}
          >
            <code class="choice-hint">/{one.shortcut}</code>
            <span class="choice-label">{textOf(one).slice(0, BEGINNING)}</span>
            {one.category === "" ? null : <span class="tag">{one.category}</span>}
          </div>
        ))}
      </div>
      <p class="canned-preview" dir="auto">
        {chosen === undefined ? t("canned.none.in", { category }) : textOf(chosen)}
      </p>
    </div>
  );
}

/** What "/" shows before there is any. */
export function NoResponses({ project, t }: { readonly project: MyProject; readonly t: Translate }): JSX.Element {
  return (
    <p class="canned-none" role="status">
      {t("canned.none")}{" "}
      {project.role === "manager" ? (
        <To route={{ name: "project settings", project: project.id, section: "canned-responses" }}>
          {t("canned.none.create")}
        </To>
      ) : null}
    </p>
  );
}

export function optionId({ id }: CannedResponse): string {
  return `canned-${id}`;
}
