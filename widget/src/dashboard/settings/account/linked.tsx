/** Account › Linked accounts: sign-in by OIDC providers; the last way to sign in cannot be removed. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { OwnIdentity, Provider } from "../../../rest/types";
import { AccountApi } from "../../rest/account_api";
import { Icon } from "../../views/parts/icons";
import { useSession } from "../../views/session";
import { type RequestState, useRequest, useLoaded } from "../parts/use_request";
import { Card, PasswordField, useFieldError, Wrong } from "../parts/forms";
import { Confirm, OnDay, Shown } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";

export function LinkedPage(): JSX.Element {
  const { api, user } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [leaving, setLeaving] = useState<OwnIdentity | null>(null);
  const [linking, setLinking] = useState<Provider | null>(null);
  const account = useMemo(() => new AccountApi(api), [api]);
  const loaded = useLoaded(() => Promise.all([account.providers(), account.identities()]), [account]);
  const go = async (provider: Provider, password: string | null): Promise<void> =>
    location.assign((await account.startLink(provider.id, password)).url);
  const link = (provider: Provider): void => {
    if (user.has_password) setLinking(provider);
    else void doing.run(() => go(provider, null));
  };
  const unlink = async (identity: OwnIdentity): Promise<void> => {
    await account.unlink(identity.id);
    loaded.set(([providers, now]) => [providers, now.filter(({ id }) => id !== identity.id)]);
    toast(t("linked.unlinked"));
  };
  return (
    <Card title={t("linked.title")} same lead={t("linked.lead")}>
      <Shown of={loaded}>
        {([providers, identities]) => {
          const last = !user.has_password && identities.length < 2;
          const free = providers.filter(({ id }) => !identities.some(({ provider }) => provider === id));
          return (
            <>
              {providers.length + identities.length === 0 ? <p class="nothing">{t("linked.none")}</p> : null}
              <ul class="items">
                {identities.map((one) => (
                  <Linked
                    key={one.id}
                    of={one}
                    name={nameOf(one.provider, providers)}
                    last={last}
                    onUnlink={() => setLeaving(one)}
                  />
                ))}
                {free.map((one) => (
                  <li key={one.id} class="item">
                    <span class="item-icon">
                      <Icon name="link" />
                    </span>
                    <span class="item-text">
                      <b>{one.name}</b>
                      <small>{t("linked.not")}</small>
                    </span>
                    <button
                      type="button"
                      class="button is-small"
                      disabled={doing.busy}
                      aria-label={t("linked.link.to", { name: one.name })}
                      onClick={() => link(one)}
                    >
                      {t("linked.link")}
                    </button>
                  </li>
                ))}
              </ul>
              {linking === null ? null : (
                <LinkWithPassword
                  provider={linking}
                  onClose={() => setLinking(null)}
                  onProven={(password) => go(linking, password)}
                />
              )}
              {leaving === null ? null : (
                <Confirm
                  title={t("linked.unlink.of", { name: nameOf(leaving.provider, providers) })}
                  lead={t("linked.unlink.lead", { email: leaving.email })}
                  action={t("linked.unlink")}
                  onClose={() => setLeaving(null)}
                  onConfirm={() => unlink(leaving)}
                />
              )}
            </>
          );
        }}
      </Shown>
      <Wrong problem={doing.problem} />
    </Card>
  );
}

interface LinkWithPasswordProps {
  readonly provider: Provider;
  readonly onClose: () => void;
  readonly onProven: (password: string) => Promise<void>;
}

/** Linking asks for the password: otherwise a minute at an unlocked screen would give permanent access. */
function LinkWithPassword({ provider, onClose, onProven }: LinkWithPasswordProps): JSX.Element {
  const { t } = useSettingsI18n();
  const [password, setPassword] = useState("");
  return (
    <Confirm
      title={t("linked.link.to", { name: provider.name })}
      lead={t("linked.link.lead")}
      action={t("linked.link")}
      danger={false}
      ready={password !== ""}
      fields={["password"]}
      onClose={onClose}
      onConfirm={() => onProven(password)}
    >
      {(doing) => <PasswordOf doing={doing} value={password} onInput={setPassword} />}
    </Confirm>
  );
}

interface PasswordOfProps {
  readonly doing: RequestState;
  readonly value: string;
  readonly onInput: (text: string) => void;
}

function PasswordOf({ doing, value, onInput }: PasswordOfProps): JSX.Element {
  const { t } = useSettingsI18n();
  const wrong = useFieldError(doing.problem);
  return <PasswordField label={t("password.yours")} value={value} onInput={onInput} error={wrong("password")} />;
}

interface LinkedProps {
  readonly of: OwnIdentity;
  readonly name: string;
  readonly last: boolean;
  readonly onUnlink: () => void;
}

function Linked({ of: { email, created_at }, name, last, onUnlink }: LinkedProps): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="link" />
      </span>
      <span class="item-text">
        <b>
          {name} <span class="tag is-good">{t("linked.yes")}</span>
        </b>
        <small>
          {email} · {t("linked.since")} <OnDay at={created_at} />
        </small>
        {last ? (
          <small class="why" id="last-way-in">
            {t("linked.last")}
          </small>
        ) : null}
      </span>
      <button
        type="button"
        class="button is-small"
        disabled={last}
        aria-describedby={last ? "last-way-in" : undefined}
        aria-label={t("linked.unlink.of", { name })}
        onClick={onUnlink}
      >
        {t("linked.unlink")}
      </button>
    </li>
  );
}

function nameOf(provider: string, providers: readonly Provider[]): string {
  return providers.find(({ id }) => id === provider)?.name ?? provider;
}
