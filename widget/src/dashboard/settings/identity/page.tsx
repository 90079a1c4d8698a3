/** Project › Visitor identity: what is believed about visitors, the secrets that a site signs with, and how it signs. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { IdentitySecret, MadeIdentitySecret, ProjectChange } from "../../../rest/types";
import { Icon } from "../../views/parts/icons";
import { Switch } from "../../views/parts/switch";
import { useSettingsI18n } from "../i18n";
import { Confirm, CopyButton, Note, Shown, When } from "../parts/components";
import { Card, Wrong } from "../parts/forms";
import { useToast } from "../parts/toast";
import { useUnsaved } from "../parts/unsaved";
import { type Loaded, useLoaded, useRequest, useTouched } from "../parts/use_request";
import { ManagersOnly } from "../project/managers_only";
import { newest } from "../project/stale";
import { useProject } from "../project/use_project";
import { Signing } from "./signing";

export function IdentityPage(): JSX.Element {
  const { manager } = useProject();
  return manager ? <Identity /> : <ManagersOnly nothing />;
}

function Identity(): JSX.Element {
  const { api } = useProject();
  const loaded = useLoaded(() => api.identitySecrets(), [api]);
  useTouched(loaded, "identity_secrets");
  return (
    <>
      <Rules />
      <Secrets loaded={loaded} />
      <Signing />
    </>
  );
}

function Rules(): JSX.Element {
  const { api, loaded } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const save = (version: number, change: Omit<ProjectChange, "version">): void => {
    void doing.run(async () => {
      const fresh = await api.change(version, change);
      loaded.set((now) => newest(now, fresh));
      toast(t("saved"));
    });
  };
  return (
    <Card title={t("identity.rules")}>
      <Shown of={loaded}>
        {({ version, require_verified = false, ask_consent = false }) => (
          <>
            <Switch
              label={t("identity.require")}
              lead={t("identity.require.lead")}
              on={require_verified}
              onChange={(on) => save(version, { require_verified: on })}
            />
            <Switch
              label={t("identity.consent")}
              lead={t("identity.consent.lead")}
              on={ask_consent}
              onChange={(on) => save(version, { ask_consent: on })}
            />
          </>
        )}
      </Shown>
      <Wrong problem={doing.problem} />
    </Card>
  );
}

function Secrets({ loaded }: { readonly loaded: Loaded<readonly IdentitySecret[]> }): JSX.Element {
  const { api } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [made, setMade] = useState<MadeIdentitySecret | null>(null);
  const [leaving, setLeaving] = useState<IdentitySecret | null>(null);
  const list = useRef<HTMLUListElement>(null);
  useUnsaved(made !== null);
  const create = (): void => {
    void doing.run(async () => {
      const fresh = await api.createIdentitySecret();
      loaded.set((now) => [fresh, ...now.filter(({ id }) => id !== fresh.id)]);
      setMade(fresh);
    });
  };
  const remove = async (secret: IdentitySecret): Promise<void> => {
    await api.removeIdentitySecret(secret.id);
    loaded.set((now) => now.filter(({ id }) => id !== secret.id));
    toast(t("identity.removed"));
    list.current?.focus();
  };
  return (
    <>
      {made === null ? null : <ShownOnce made={made} onDone={() => setMade(null)} />}
      <Card title={t("identity.secrets")} lead={t("identity.secrets.lead")}>
        <Shown of={loaded}>
          {(secrets) =>
            secrets.length === 0 ? (
              <p class="nothing">{t("identity.none")}</p>
            ) : (
              <ul class="items" ref={list} tabIndex={-1}>
                {secrets.map((secret) => (
                  <Row key={secret.id} of={secret} onRemove={() => setLeaving(secret)} />
                ))}
              </ul>
            )
          }
        </Shown>
        <Wrong problem={doing.problem} />
        <div class="card-foot">
          <button type="button" class="button is-primary" disabled={doing.busy} onClick={create}>
            {t("identity.create")}
          </button>
        </div>
      </Card>
      {leaving === null ? null : (
        <Confirm
          title={t("identity.remove.of", { kid: shortId(leaving.id) })}
          lead={t("identity.remove.lead")}
          action={t("identity.remove")}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove(leaving)}
        />
      )}
    </>
  );
}

function ShownOnce({ made, onDone }: { readonly made: MadeIdentitySecret; readonly onDone: () => void }): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <Card title={t("identity.made")}>
      <Note kind="warn">{t("identity.once")}</Note>
      <p class="secret" role="status">
        <code>{made.secret}</code>
        <CopyButton text={made.secret} />
      </p>
      <p class="secret">
        <span>{t("identity.kid")}</span>
        <code>{made.id}</code>
        <CopyButton text={made.id} />
      </p>
      <div class="card-foot">
        <button type="button" class="button is-primary" onClick={onDone}>
          {t("identity.done")}
        </button>
      </div>
    </Card>
  );
}

interface RowProps {
  readonly of: IdentitySecret;
  readonly onRemove: () => void;
}

function Row({ of: { id, created_by, created_at, last_used_at }, onRemove }: RowProps): JSX.Element {
  const { t } = useSettingsI18n();
  const kid = shortId(id);
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="key" />
      </span>
      <span class="item-text">
        <b>
          <code class="hint" title={id}>
            {t("identity.secret", { kid })}
          </code>
        </b>
        <small>
          {created_by === null ? null : <>{t("identity.by", { name: created_by.full_name })} · </>}
          <When at={created_at} /> ·{" "}
          {last_used_at === null ? (
            t("identity.unused")
          ) : (
            <>
              {t("identity.used")} <When at={last_used_at} />
            </>
          )}
        </small>
      </span>
      <CopyButton text={id} label="kid" />
      <button type="button" class="button is-small" aria-label={t("identity.remove.of", { kid })} onClick={onRemove}>
        {t("identity.remove")}
      </button>
    </li>
  );
}

/** The end of an id is what distinguishes those of one day. */
function shortId(id: string): string {
  return `…${id.slice(-8)}`;
}
