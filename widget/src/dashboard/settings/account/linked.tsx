/** Account › Linked accounts: other ways to sign in, and why the last one stays. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { AccountApi, type Identity, type Provider } from "../../desk/account_api";
import { Icon } from "../../views/parts/icons";
import { useSession } from "../../views/session";
import { type Doing, useDoing, useLoaded } from "../parts/asking";
import { Card, PasswordField, useWrongField, Wrong } from "../parts/forms";
import { Confirm, OnDay, Shown } from "../parts/pieces";
import { useTold } from "../parts/told";
import { useTexts } from "../words";

export function LinkedPage(): JSX.Element {
  const { api, user } = useSession();
  const { say } = useTexts();
  const tell = useTold();
  const doing = useDoing();
  const [leaving, setLeaving] = useState<Identity | null>(null);
  const [linking, setLinking] = useState<Provider | null>(null);
  const account = useMemo(() => new AccountApi(api), [api]);
  const loaded = useLoaded(() => Promise.all([account.providers(), account.identities()]), [account]);
  const go = async (provider: Provider, password: string | null): Promise<void> =>
    location.assign((await account.startLink(provider.id, password)).url);
  const link = (provider: Provider): void => {
    if (user.has_password) setLinking(provider);
    else void doing.run(() => go(provider, null));
  };
  const unlink = async (identity: Identity): Promise<void> => {
    await account.unlink(identity.id);
    loaded.set(([providers, now]) => [providers, now.filter(({ id }) => id !== identity.id)]);
    tell(say("linked.unlinked"));
  };
  return (
    <Card title={say("linked.title")} same lead={say("linked.lead")}>
      <Shown of={loaded}>
        {([providers, identities]) => {
          const last = !user.has_password && identities.length < 2;
          const free = providers.filter(({ id }) => !identities.some(({ provider }) => provider === id));
          return (
            <>
              {providers.length + identities.length === 0 ? <p class="nothing">{say("linked.none")}</p> : null}
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
                      <small>{say("linked.not")}</small>
                    </span>
                    <button
                      type="button"
                      class="button is-small"
                      disabled={doing.busy}
                      aria-label={say("linked.link.to", { name: one.name })}
                      onClick={() => link(one)}
                    >
                      {say("linked.link")}
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
                  title={say("linked.unlink.of", { name: nameOf(leaving.provider, providers) })}
                  lead={say("linked.unlink.lead", { email: leaving.email })}
                  action={say("linked.unlink")}
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

/** Another way in is worth the password: else a minute at an open screen would be a way in for good. */
function LinkWithPassword({ provider, onClose, onProven }: LinkWithPasswordProps): JSX.Element {
  const { say } = useTexts();
  const [password, setPassword] = useState("");
  return (
    <Confirm
      title={say("linked.link.to", { name: provider.name })}
      lead={say("linked.link.lead")}
      action={say("linked.link")}
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
  readonly doing: Doing;
  readonly value: string;
  readonly onInput: (text: string) => void;
}

function PasswordOf({ doing, value, onInput }: PasswordOfProps): JSX.Element {
  const { say } = useTexts();
  const wrong = useWrongField(doing.problem);
  return <PasswordField label={say("password.yours")} value={value} onInput={onInput} error={wrong("password")} />;
}

interface LinkedProps {
  readonly of: Identity;
  readonly name: string;
  readonly last: boolean;
  readonly onUnlink: () => void;
}

function Linked({ of: { email, created_at }, name, last, onUnlink }: LinkedProps): JSX.Element {
  const { say } = useTexts();
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="link" />
      </span>
      <span class="item-text">
        <b>
          {name} <span class="tag is-good">{say("linked.yes")}</span>
        </b>
        <small>
          {email} · {say("linked.since")} <OnDay at={created_at} />
        </small>
        {last ? (
          <small class="why" id="last-way-in">
            {say("linked.last")}
          </small>
        ) : null}
      </span>
      <button
        type="button"
        class="button is-small"
        disabled={last}
        aria-describedby={last ? "last-way-in" : undefined}
        aria-label={say("linked.unlink.of", { name })}
        onClick={onUnlink}
      >
        {say("linked.unlink")}
      </button>
    </li>
  );
}

function nameOf(provider: string, providers: readonly Provider[]): string {
  return providers.find(({ id }) => id === provider)?.name ?? provider;
}
