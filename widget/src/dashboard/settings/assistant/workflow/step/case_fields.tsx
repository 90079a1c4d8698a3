/** The cases of a switch: what each stands for. Where it leads is a route, below. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";

import { Icon } from "../../../../views/parts/icons";
import { TextField } from "../../../parts/forms";
import { useAssistantI18n } from "../../i18n";
import { withCase, withoutCase } from "../../model/edits";
import { type Case, MAX_CASES, MAX_NAME, type SwitchNode } from "../../model/graph";
import { change, type FieldsProps } from "./fields";

export function CaseFields({ editor, node }: FieldsProps<SwitchNode>): JSX.Element {
  const { t } = useAssistantI18n();
  const list = useRef<HTMLOListElement>(null);
  const { cases } = node;
  const set = (index: number, fields: Partial<Case>, mark: string): void =>
    change(
      editor,
      node,
      { cases: cases.map((one, at) => (at === index ? { ...one, ...fields } : one)) },
      `${mark} ${index}`,
    );
  const add = (): void => {
    change(editor, node, { cases: withCase(cases) });
    setTimeout(() => list.current?.querySelector<HTMLElement>("li:last-child input")?.focus());
  };
  return (
    <section class="flow-cases" aria-label={t("flow.cases")}>
      <h3>{t("flow.cases")}</h3>
      <ol ref={list}>
        {cases.map((one, index) => (
          <li key={index}>
            <div class="flow-case-name">
              <TextField
                label={t("flow.case.n", { n: index + 1 })}
                value={one.name}
                most={MAX_NAME}
                onInput={(name) => set(index, { name }, "case name")}
              />
              <button
                type="button"
                class="icon-button"
                aria-label={t("flow.case.remove", { n: index + 1 })}
                title={t("flow.case.remove", { n: index + 1 })}
                onClick={() => change(editor, node, { cases: withoutCase(cases, index) })}
              >
                <Icon name="trash" size={16} />
              </button>
            </div>
            <TextField
              label={t("flow.case.when", { n: index + 1 })}
              value={one.when}
              most={500}
              onInput={(when) => set(index, { when }, "case when")}
            />
          </li>
        ))}
      </ol>
      <div>
        <button type="button" class="button is-small" disabled={cases.length >= MAX_CASES} onClick={add}>
          <Icon name="plus" size={16} />
          {t("flow.case.add")}
        </button>
      </div>
    </section>
  );
}
