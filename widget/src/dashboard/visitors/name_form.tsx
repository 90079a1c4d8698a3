/** Renames a visitor in place: Enter saves, Esc keeps the old name. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { isComposing } from "../../ui/keys";
import { useRequest } from "../settings/parts/use_request";
import type { Visitor } from "../state/model";
import type { I18n } from "../views/hooks";

const MOST = 50; // code points

interface NameFormProps {
  readonly of: Visitor;
  readonly placeholder: string; // the name that stays without one
  readonly i18n: I18n;
  readonly onSave: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

export function NameForm({ of, placeholder, i18n: { t }, onSave, onClose }: NameFormProps): JSX.Element {
  const doing = useRequest();
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(of.given_name ?? "");
  const long = [...name.trim()].length > MOST;
  useLayoutEffect(() => field.current?.select(), []);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!long && (await doing.run(() => onSave(name.trim())))) onClose();
  };
  const problem = long ? t("visitor.name.long", { n: MOST }) : doing.problem === null ? null : t("visitor.failed");
  return (
    <form
      class="who-name"
      onSubmit={(event) => void save(event)}
      onKeyDown={(event) => {
        event.stopPropagation(); // Esc would close the panel, letters are shortcuts
        if (event.key === "Escape" && !isComposing(event)) onClose();
      }}
      noValidate
    >
      <input
        ref={field}
        class="input"
        type="text"
        value={name}
        placeholder={placeholder}
        aria-label={t("visitor.name")}
        aria-describedby="who-name-hint"
        aria-invalid={problem !== null}
        autocomplete="off"
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <p
        id="who-name-hint"
        class={problem === null ? "quiet" : "who-problem"}
        role={problem === null ? undefined : "alert"}
      >
        {problem ?? t("visitor.name.hint")}
      </p>
      <span class="who-buttons">
        <button type="button" class="button is-small" onClick={onClose}>
          {t("visitor.cancel")}
        </button>
        <button type="submit" class="button is-small is-primary" disabled={long || doing.busy} aria-busy={doing.busy}>
          {t("visitor.save")}
        </button>
      </span>
    </form>
  );
}
