/** What keeps the saved draft from being published; each problem leads to its step. */

import type { JSX } from "preact";

import { Icon } from "../../../views/parts/icons";
import { Note } from "../../parts/components";
import { useAssistantI18n } from "../i18n";
import { labelOfTarget, problemText } from "./labels";
import type { Editor } from "./use_editor";

interface ProblemListProps {
  readonly editor: Editor;
  readonly onOpen: (id: string) => void;
}

export function ProblemList({ editor, onOpen }: ProblemListProps): JSX.Element {
  const { t } = useAssistantI18n();
  const { problems, workflow, dirty } = editor;
  return (
    <>
      {dirty ? <Note>{t("flow.problems.unsaved")}</Note> : null}
      {problems.length === 0 ? <p class="nothing">{t("flow.problems.none")}</p> : null}
      <ul class="flow-problems">
        {problems.map((problem) => (
          <li key={`${problem.node} ${problem.code} ${problem.detail}`}>
            <button type="button" disabled={problem.node === ""} onClick={() => onOpen(problem.node)}>
              <Icon name="alert" size={16} />
              <span>
                {problem.node === "" ? null : <b>{labelOfTarget(workflow, problem.node, t)}: </b>}
                {problemText(workflow, problem, t)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
