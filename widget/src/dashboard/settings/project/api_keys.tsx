/** Project › API keys: create and revoke keys for other programs. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { ApiKey, MadeApiKey } from "../../../rest/types";
import { type Scope, SCOPES } from "../../rest/project_api";
import { Icon } from "../../views/parts/icons";
import { type Loaded, useRequest, useLoaded, useTouched } from "../parts/use_request";
import { Card, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { useRequiredFields } from "../parts/required_fields";
import { Confirm, CopyButton, Note, Shown, When } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { ManagersOnly } from "./managers_only";
import { useProject } from "./use_project";

export function ApiKeysPage(): JSX.Element {
  const { manager } = useProject();
  return manager ? <ApiKeys /> : <ManagersOnly nothing />;
}

function ApiKeys(): JSX.Element {
  const { api } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const [leaving, setLeaving] = useState<ApiKey | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const loaded = useLoaded(() => api.keys(), [api]);
  useTouched(loaded, "api_keys");
  const revoke = async (key: ApiKey): Promise<void> => {
    await api.revokeKey(key.id);
    loaded.set((now) => now.filter(({ id }) => id !== key.id));
    toast(t("keys.revoked", { name: key.name }));
    list.current?.focus();
  };
  return (
    <>
      <NewKey loaded={loaded} />
      <Card title={t("keys.title")} lead={t("keys.lead")}>
        <Shown of={loaded}>
          {(keys) =>
            keys.length === 0 ? (
              <p class="nothing">{t("keys.none")}</p>
            ) : (
              <ul class="items" ref={list} tabIndex={-1}>
                {keys.map((key) => (
                  <Row key={key.id} of={key} onRevoke={() => setLeaving(key)} />
                ))}
              </ul>
            )
          }
        </Shown>
      </Card>
      {leaving === null ? null : (
        <Confirm
          title={t("keys.revoke.of", { name: leaving.name })}
          lead={t("keys.revoke.lead")}
          action={t("keys.revoke")}
          onClose={() => setLeaving(null)}
          onConfirm={() => revoke(leaving)}
        />
      )}
    </>
  );
}

function NewKey({ loaded }: { readonly loaded: Loaded<readonly ApiKey[]> }): JSX.Element {
  const { api } = useProject();
  const { t } = useSettingsI18n();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const [made, setMade] = useState<MadeApiKey | null>(null);
  useUnsaved(name !== "" || scopes.length > 0 || made !== null);
  const create = (): void => {
    void doing.run(async () => {
      const fresh = await api.createKey(name.trim(), scopes);
      loaded.set((now) => [fresh, ...now]);
      setMade(fresh);
      setName("");
      setScopes([]);
    });
  };
  if (made !== null) return <ShownOnce made={made} onDone={() => setMade(null)} />;
  const missing = useRequiredFields({ name: name.trim() === "", scopes: scopes.length === 0 });
  const toggle = (scope: Scope): void =>
    setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope]);
  return (
    <Card title={t("keys.new")} lead={t("keys.new.lead")}>
      <form onSubmit={submitting(create, missing.pressed)} noValidate>
        <TextField
          label={t("keys.name")}
          value={name}
          onInput={setName}
          most={100}
          error={missing.of("name") ?? wrong("name")}
          hint={t("keys.name.hint")}
        />
        <fieldset class="radios">
          <legend>{t("keys.scopes")}</legend>
          {SCOPES.map((scope) => (
            <label key={scope} class="radio">
              <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
              <span>
                <b>{t(`scope.${scope}`)}</b>
                <small>
                  <code>{scope}</code>
                </small>
              </span>
            </label>
          ))}
        </fieldset>
        {missing.of("scopes") === null ? null : (
          <p class="setting-error" role="alert">
            <Icon name="alert" size={14} />
            {t("keys.scopes.needed")}
          </p>
        )}
        <Wrong problem={doing.problem} besides={["name"]} />
        <Submit label={t("keys.create")} busy={doing.busy} />
      </form>
    </Card>
  );
}

function ShownOnce({ made, onDone }: { readonly made: MadeApiKey; readonly onDone: () => void }): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <Card title={t("keys.made", { name: made.name })}>
      <Note kind="warn">{t("keys.once")}</Note>
      <p class="secret" role="status">
        <code>{made.key}</code>
        <CopyButton text={made.key} />
      </p>
      <div class="card-foot">
        <button type="button" class="button is-primary" onClick={onDone}>
          {t("keys.done")}
        </button>
      </div>
    </Card>
  );
}

function Row({
  of: { name, hint, scopes, created_by, created_at, last_used_at },
  onRevoke,
}: {
  readonly of: ApiKey;
  readonly onRevoke: () => void;
}): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="key" />
      </span>
      <span class="item-text">
        <b>
          {name} <code class="hint">{hint}</code>
        </b>
        <small>{scopes.map((scope) => t(`scope.${scope}`)).join(" · ")}</small>
        <small>
          {created_by === null ? null : <>{t("keys.by", { name: created_by.full_name })} · </>}
          <When at={created_at} /> ·{" "}
          {last_used_at === null ? (
            t("keys.unused")
          ) : (
            <>
              {t("keys.used")} <When at={last_used_at} />
            </>
          )}
        </small>
      </span>
      <button type="button" class="button is-small" aria-label={t("keys.revoke.of", { name })} onClick={onRevoke}>
        {t("keys.revoke")}
      </button>
    </li>
  );
}
