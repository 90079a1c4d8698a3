/** The filters of the audit log: person, action, result, dates. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { AuditFilter, Result } from "../../rest/audit_api";
import { useSession } from "../../views/session";
import { SelectField, TextField } from "../parts/forms";
import { midnight } from "../parts/zoned_times";
import { useSettingsI18n } from "../i18n";
import { ACTIONS, actionLabel, type Names } from "./sentences";

export const EVERYTHING: AuditFilter = { actor: "", action: "", result: "", from: null, to: null };

interface FiltersProps {
  readonly value: AuditFilter;
  readonly names: Names;
  readonly onChange: (filter: AuditFilter) => void;
}

export function Filters({ value, names, onChange }: FiltersProps): JSX.Element {
  const { user } = useSession();
  const { t } = useSettingsI18n();
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const people = useMemo(
    () => [["", t("audit.any_person")] as const, ...[...names].sort((a, b) => a[1].localeCompare(b[1]))],
    [names, t],
  );
  const actions = useMemo(
    () => [["", t("audit.anything")] as const, ...ACTIONS.map((action) => [action, actionLabel(action, t)] as const)],
    [t],
  );
  const results: readonly (readonly [Result | "", string])[] = [
    ["", t("audit.any")],
    ["ok", t("audit.result.ok")],
    ["denied", t("audit.result.denied")],
    ["failed", t("audit.result.failed")],
  ];
  const clear = (): void => {
    setFrom("");
    setTo("");
    onChange(EVERYTHING);
  };
  return (
    <div class="filters" role="search" aria-label={t("audit.filters")}>
      {names.size === 0 ? (
        <TextField
          label={t("audit.person")}
          type="search"
          value={value.actor}
          onInput={(actor) => onChange({ ...value, actor })}
          most={100}
        />
      ) : (
        <SelectField
          label={t("audit.person")}
          value={value.actor}
          choices={people}
          onPick={(actor) => onChange({ ...value, actor })}
        />
      )}
      <SelectField
        label={t("audit.action")}
        value={value.action}
        choices={actions}
        onPick={(action) => onChange({ ...value, action })}
      />
      <SelectField
        label={t("audit.result")}
        value={value.result}
        choices={results}
        onPick={(result) => onChange({ ...value, result })}
      />
      <TextField
        label={t("audit.from")}
        type="date"
        value={from}
        onInput={(day) => {
          setFrom(day);
          onChange({ ...value, from: midnight(day, user.timezone) });
        }}
      />
      <TextField
        label={t("audit.to")}
        type="date"
        value={to}
        onInput={(day) => {
          setTo(day);
          onChange({ ...value, to: midnight(day, user.timezone, 1) }); // the last day is included
        }}
      />
      {value === EVERYTHING ? null : (
        <button type="button" class="button is-small is-quiet filters-clear" onClick={clear}>
          {t("audit.clear")}
        </button>
      )}
    </div>
  );
}
