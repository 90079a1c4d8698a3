/** Required fields: after a submit, each empty field shows an error until it is filled. The button is never disabled,
 *  because a disabled button explains nothing. */

import { useState } from "preact/hooks";

import { useSettingsI18n } from "../i18n";

export interface RequiredFields {
  readonly of: (field: string) => string | null;
  /** Call it on submit: whether all required fields are filled. */
  readonly pressed: () => boolean;
}

/** `empty`: by field, whether it is empty. */
export function useRequiredFields(empty: Readonly<Record<string, boolean>>): RequiredFields {
  const { t } = useSettingsI18n();
  const [submitted, setSubmitted] = useState(false);
  return {
    of: (field) => (submitted && empty[field] === true ? t("wrong.required") : null),
    pressed: () => {
      const all = !Object.values(empty).includes(true);
      setSubmitted(!all);
      return all;
    },
  };
}
