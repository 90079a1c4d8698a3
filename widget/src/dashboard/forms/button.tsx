/** "Send a form" in the composer: the button, and what it opens, which is loaded on first use. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Icon } from "../views/parts/icons";
import { lazy } from "../views/lazy";
import type { I18n } from "../views/hooks";

const SendForm = lazy(
  async () => (await import("./send")).SendForm,
  () => <span class="spinner" />,
);

export function FormButton({ id, i18n: { t } }: { readonly id: string; readonly i18n: I18n }): JSX.Element {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const command = (): void => setOpen(true);
    addEventListener("parley:form", command);
    return () => removeEventListener("parley:form", command);
  }, []);
  return (
    <span class="menu-anchor form-button">
      <button
        type="button"
        class="icon-button"
        aria-label={t("composer.form")}
        aria-haspopup="listbox"
        aria-expanded={open}
        title={`${t("composer.form")} (F)`}
        onClick={() => setOpen(!open)}
      >
        <Icon name="form" size={17} />
      </button>
      {open ? <SendForm conversation={id} onClose={() => setOpen(false)} /> : null}
    </span>
  );
}

/** Opens the menu of forms of the open conversation. */
export function openForms(): void {
  dispatchEvent(new CustomEvent("parley:form"));
}
