/** Header fields that every delivery carries. Saved values are never shown again: they are kept, or replaced. */

import type { JSX } from "preact";

import { Icon } from "../../views/parts/icons";
import { useSettingsI18n } from "../i18n";
import { TextField } from "../parts/forms";

export interface HeaderRow {
  readonly name: string;
  readonly value: string;
}

const MOST = 10;

interface HeaderFieldsProps {
  readonly rows: readonly HeaderRow[] | null; // null: the saved ones stay
  readonly kept: readonly string[];
  readonly error: string | null;
  readonly onChange: (rows: readonly HeaderRow[]) => void;
}

export function HeaderFields({ rows, kept, error, onChange }: HeaderFieldsProps): JSX.Element {
  const { t } = useSettingsI18n();
  const set = (at: number, row: HeaderRow): void =>
    onChange((rows ?? []).map((one, index) => (index === at ? row : one)));
  return (
    <fieldset class="radios">
      <legend>{t("webhooks.headers")}</legend>
      {rows === null && kept.length > 0 ? (
        <p>
          {kept.map((name) => (
            <code key={name}>{name} </code>
          ))}
          <small>{t("webhooks.headers.kept")}</small>
        </p>
      ) : null}
      {(rows ?? []).map((row, at) => (
        <div class="inset" key={at}>
          <TextField
            label={t("webhooks.header.name")}
            value={row.name}
            onInput={(name) => set(at, { ...row, name })}
            most={100}
            code
          />
          <TextField
            label={t("webhooks.header.value")}
            value={row.value}
            onInput={(value) => set(at, { ...row, value })}
            most={1_000}
            code
          />
          <button
            type="button"
            class="button is-small"
            onClick={() => onChange((rows ?? []).filter((_, index) => index !== at))}
          >
            {t("webhooks.header.remove")}
          </button>
        </div>
      ))}
      {error === null ? null : (
        <p class="setting-error" role="alert">
          <Icon name="alert" size={14} />
          {t("webhooks.headers.wrong")}
        </p>
      )}
      {(rows ?? []).length < MOST ? (
        <button
          type="button"
          class="button is-small"
          onClick={() => onChange([...(rows ?? []), { name: "", value: "" }])}
        >
          {t(rows === null && kept.length > 0 ? "webhooks.headers.replace" : "webhooks.header.add")}
        </button>
      ) : null}
    </fieldset>
  );
}

/** As the API wants them; rows without a name are left out. */
export function headersOf(rows: readonly HeaderRow[]): Record<string, string> {
  return Object.fromEntries(
    rows.filter(({ name }) => name.trim() !== "").map(({ name, value }) => [name.trim(), value]),
  );
}
