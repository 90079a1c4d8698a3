/** The dialog that lists the keyboard shortcuts. */

import type { JSX } from "preact";

import { others } from "texts:./texts";
import { Area } from "../texts/areas";
import { ShortcutSwitch } from "../views/dialogs/settings";
import { useI18n, useLanguage } from "../views/hooks";
import { IconButton } from "../views/parts/components";
import { Modal } from "../views/parts/dialog";
import { en, type Key } from "./texts/en";

const TEXTS = new Area<Key>(en, others);

type Shortcut = readonly [Key, ...(readonly string[])];

const GROUPS: readonly (readonly [Key, readonly Shortcut[]])[] = [
  [
    "in.inbox",
    [
      ["next", "J"],
      ["previous", "K"],
      ["open", "Enter"],
      ["reply", "R"],
      ["note", "N"],
      ["assign", "A"],
      ["form", "F"],
      ["solve", "E"],
      ["owner", "T"],
      ["copilot", "C"],
      ["undo", "Z"],
      ["filter", "/"],
      ["search", "S"],
      ["palette", "Ctrl", "K"],
      ["help", "?"],
      ["back", "Esc"],
    ],
  ],
  [
    "in.list",
    [
      ["row", "↑", "↓"],
      ["page", "Page Up", "Page Down"],
      ["ends", "Home", "End"],
      ["mark", "X"],
      ["mark.more", "Shift", "J", "K"],
      ["mark.all", "Ctrl", "A"],
    ],
  ],
  [
    "in.composer",
    [
      ["send", "Enter"],
      ["line", "Shift", "Enter"],
      ["canned", "/"],
      ["category", "Page Up", "Page Down"],
      ["mention", "@"],
      ["choose", "↑", "↓"],
      ["insert", "Enter", "Tab"],
      ["bold", "Ctrl", "B"],
      ["italic", "Ctrl", "I"],
      ["copilot", "Ctrl", "J"],
      ["leave", "Esc"],
    ],
  ],
  [
    "in.others",
    [
      ["message", "↑", "↓"],
      ["save", "Ctrl", "Enter"],
      ["width", "←", "→"],
    ],
  ],
];

export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { t: common } = useI18n();
  const language = useLanguage();
  const t = TEXTS.translator(language);
  return (
    <Modal label={t("title")} onClose={onClose}>
      <header class="modal-head">
        <h2>{t("title")}</h2>
        <IconButton icon="close" label={common("close")} onClick={onClose} />
      </header>
      {GROUPS.map(([group, shortcuts]) => (
        <section class="shortcuts" key={group} aria-labelledby={`shortcuts-${group}`}>
          <h3 id={`shortcuts-${group}`}>{t(group)}</h3>
          <dl>
            {shortcuts.map(([key, ...keys]) => (
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
        </section>
      ))}
      <div class="settings">
        <ShortcutSwitch />
      </div>
    </Modal>
  );
}
