/** The dialog that lists the keyboard shortcuts. */

import type { JSX } from "preact";

import type { Key } from "../../texts/inbox/en";
import { Modal } from "../parts/dialog";
import { IconButton } from "../parts/components";
import { useI18n } from "../hooks";
import { ShortcutSwitch } from "./settings";

const SHORTCUTS: readonly (readonly [Key, readonly string[]])[] = [
  ["keys.next", ["J"]],
  ["keys.previous", ["K"]],
  ["keys.open", ["Enter"]],
  ["keys.reply", ["R"]],
  ["keys.note", ["N"]],
  ["keys.assign", ["A"]],
  ["keys.form", ["F"]],
  ["keys.solve", ["E"]],
  ["keys.undo", ["Z"]],
  ["keys.mark", ["X"]],
  ["keys.mark.more", ["Shift", "J", "K"]],
  ["keys.mark.all", ["Ctrl", "A"]],
  ["keys.filter", ["/"]],
  ["keys.palette", ["Ctrl", "K"]],
  ["keys.bold", ["Ctrl", "B"]],
  ["keys.italic", ["Ctrl", "I"]],
  ["keys.help", ["?"]],
  ["keys.back", ["Esc"]],
];

export function KeysDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { t } = useI18n();
  return (
    <Modal label={t("keys.title")} onClose={onClose}>
      <header class="modal-head">
        <h2>{t("keys.title")}</h2>
        <IconButton icon="close" label={t("close")} onClick={onClose} />
      </header>
      <dl class="shortcuts">
        {SHORTCUTS.map(([key, keys]) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd>
              {keys.map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <div class="settings">
        <ShortcutSwitch />
      </div>
    </Modal>
  );
}
