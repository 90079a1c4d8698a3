/** Project › Webhooks: the list; one of them opens with its log. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { Id, MadeWebhook, Webhook } from "../../../rest/types";
import { Icon } from "../../views/parts/icons";
import { useSession } from "../../views/session";
import { useSettingsI18n } from "../i18n";
import { CopyButton, Note, Shown } from "../parts/components";
import { Card } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { type Loaded, useLoaded, useTouched } from "../parts/use_request";
import { ManagersOnly } from "../project/managers_only";
import { useProject } from "../project/use_project";
import { WebhooksApi } from "./api";
import { NewForm } from "./form";
import { OneWebhook } from "./one_webhook";
import { StateOf } from "./state";

export function WebhooksPage(): JSX.Element {
  const { manager } = useProject();
  return manager ? <Webhooks /> : <ManagersOnly nothing />;
}

function Webhooks(): JSX.Element {
  const { api: rest } = useSession();
  const { project } = useProject();
  const api = useMemo(() => new WebhooksApi(rest, project.id), [rest, project.id]);
  const loaded = useLoaded(() => api.all(), [api]);
  useTouched(loaded, "webhooks");
  const [open, setOpen] = useState<Id | null>(null);
  const [made, setMade] = useState<MadeWebhook | null>(null);
  const one = loaded.value?.find(({ id }) => id === open);
  if (made !== null) return <SecretShownOnce of={made} onDone={() => setMade(null)} />;
  if (one !== undefined) {
    return <OneWebhook api={api} loaded={loaded} webhook={one} onSecret={setMade} onClose={() => setOpen(null)} />;
  }
  return (
    <>
      <NewForm
        api={api}
        onMade={(fresh) => {
          loaded.set((now) => [...now, fresh.webhook]);
          setMade(fresh);
        }}
      />
      <List loaded={loaded} onOpen={setOpen} />
    </>
  );
}

interface ListProps {
  readonly loaded: Loaded<readonly Webhook[]>;
  readonly onOpen: (id: Id) => void;
}

function List({ loaded, onOpen }: ListProps): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <Card title={t("webhooks.title")} lead={t("webhooks.lead")}>
      <Shown of={loaded}>
        {(webhooks) =>
          webhooks.length === 0 ? (
            <p class="nothing">{t("webhooks.none")}</p>
          ) : (
            <ul class="items">
              {webhooks.map((webhook) => (
                <li class="item" key={webhook.id}>
                  <span class="item-icon">
                    <Icon name="link" />
                  </span>
                  <span class="item-text">
                    <b class="is-address">{webhook.url}</b>
                    {webhook.description === "" ? null : <span>{webhook.description}</span>}
                    <small>
                      <StateOf webhook={webhook} />
                    </small>
                  </span>
                  <button
                    type="button"
                    class="button is-small"
                    aria-label={t("webhooks.open.of", { url: webhook.url })}
                    onClick={() => onOpen(webhook.id)}
                  >
                    {t("webhooks.open")}
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}

interface SecretProps {
  readonly of: MadeWebhook;
  readonly onDone: () => void;
}

function SecretShownOnce({ of: { secret, webhook }, onDone }: SecretProps): JSX.Element {
  const { t } = useSettingsI18n();
  useUnsaved(true);
  return (
    <Card title={t("webhooks.secret.title")} lead={webhook.url}>
      <Note kind="warn">{t("webhooks.secret.once")}</Note>
      <p class="secret" role="status">
        <code>{secret}</code>
        <CopyButton text={secret} />
      </p>
      {webhook.previous_secret_until === null ? null : <p>{t("webhooks.secret.overlap")}</p>}
      <div class="card-foot">
        <button type="button" class="button is-primary" onClick={onDone}>
          {t("webhooks.secret.done")}
        </button>
      </div>
    </Card>
  );
}
