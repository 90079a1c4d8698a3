/** What a press of the button found empty: said at the field, until it is filled. A button that cannot be
 *  pressed would say nothing. */

import { useState } from "preact/hooks";

import { useSettingsI18n } from "../i18n";

export interface Missing {
  readonly of: (field: string) => string | null;
  /** The button was pressed: whether everything is there. */
  readonly pressed: () => boolean;
}

/** `empty`: by field, whether it is still to be filled. */
export function useMissing(empty: Readonly<Record<string, boolean>>): Missing {
  const { t } = useSettingsI18n();
  const [asked, setAsked] = useState(false);
  return {
    of: (field) => (asked && empty[field] === true ? t("wrong.required") : null),
    pressed: () => {
      const all = !Object.values(empty).includes(true);
      setAsked(!all);
      return all;
    },
  };
}
