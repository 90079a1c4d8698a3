/** The dialog in which an agent renames, orders and deletes saved views. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { SavedView } from "../../rest/types";
import { isComposing } from "../../ui/keys";
import { IconButton } from "../views/parts/components";
import { Modal } from "../views/parts/dialog";
import { useI18n } from "../views/hooks";
import { moved, renamed, sameName, withoutView } from "./library";
import { useSavedViews } from "./use_saved_views";

type Views = readonly SavedView[];

export function ManageViews({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { t } = useI18n();
  const library = useSavedViews();
  const [failed, setFailed] = useState(false);
  const change = (work: (views: Views) => Views): void => {
    setFailed(false);
    library.change(work).catch(() => setFailed(true));
  };
  const { views } = library;
  return (
    <Modal label={t("views.manage")} onClose={onClose}>
      <header class="modal-head">
        <h2>{t("views.manage")}</h2>
        <IconButton icon="close" label={t("close")} onClick={onClose} />
      </header>
      {views.length === 0 ? <p class="saved-none">{t("views.none")}</p> : null}
      <ul class="saved-views">
        {views.map((view, index) => (
          <li key={view.name}>
            <Name
              view={view}
              taken={(name) => views.some((one) => one !== view && sameName(one.name, name))}
              onRename={(to) => change((all) => renamed(all, view.name, to))}
            />
            <IconButton
              icon="arrow_up"
              label={t("views.up", { name: view.name })}
              disabled={index === 0}
              onClick={() => change((all) => moved(all, view.name, -1))}
            />
            <IconButton
              icon="arrow_down"
              label={t("views.down", { name: view.name })}
              disabled={index === views.length - 1}
              onClick={() => change((all) => moved(all, view.name, 1))}
            />
            <IconButton
              icon="trash"
              label={t("views.delete", { name: view.name })}
              onClick={() => change((all) => withoutView(all, view.name))}
            />
          </li>
        ))}
      </ul>
      <p class="saved-problem" role="alert">
        {failed ? t("views.failed") : ""}
      </p>
    </Modal>
  );
}

interface NameProps {
  readonly view: SavedView;
  readonly taken: (name: string) => boolean;
  readonly onRename: (to: string) => void;
}

/** The name is saved with Enter or when the field is left; an empty or taken one is put back. */
function Name({ view, taken, onRename }: NameProps): JSX.Element {
  const { t } = useI18n();
  const [typed, setTyped] = useState(view.name);
  const wrong = typed.trim() !== "" && taken(typed);
  const save = (): void => {
    const name = typed.trim();
    if (name === "" || wrong) setTyped(view.name);
    else if (name !== view.name) onRename(name);
  };
  return (
    <span class="saved-name">
      <input
        type="text"
        class="input"
        value={typed}
        maxLength={50}
        aria-label={t("views.name")}
        aria-invalid={wrong}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !isComposing(event)) save();
        }}
      />
      {wrong ? <span class="saved-problem">{t("views.taken")}</span> : null}
    </span>
  );
}
