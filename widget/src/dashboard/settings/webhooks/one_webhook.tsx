/** One webhook: test it, switch it off and on, edit it, rotate its secret, delete it, and its log. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { MadeWebhook, Webhook } from "../../../rest/types";
import { useSettingsI18n } from "../i18n";
import { Confirm } from "../parts/components";
import { Card, SelectField, Wrong } from "../parts/forms";
import { useToast } from "../parts/toast";
import { type Loaded, useRequest } from "../parts/use_request";
import type { WebhooksApi } from "./api";
import { EditForm } from "./form";
import { Log } from "./log";
import { StateOf } from "./state";

interface OneWebhookProps {
  readonly api: WebhooksApi;
  readonly loaded: Loaded<readonly Webhook[]>;
  readonly webhook: Webhook;
  readonly onSecret: (made: MadeWebhook) => void;
  readonly onClose: () => void;
}

type Overlap = "0" | "24" | "72" | "168";

export function OneWebhook({ api, loaded, webhook, onSecret, onClose }: OneWebhookProps): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [editing, setEditing] = useState(false);
  const [asking, setAsking] = useState<"delete" | "rotate" | null>(null);
  const [overlap, setOverlap] = useState<Overlap>("24");
  const [sent, setSent] = useState(0); // tests and replays, after which the log is read again
  const back = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => back.current?.focus(), []);
  const put = (fresh: Webhook): void => loaded.set((now) => now.map((one) => (one.id === fresh.id ? fresh : one)));
  const toggle = (): void => {
    void doing.run(async () =>
      put(await api.change(webhook.id, { version: webhook.version, active: !webhook.active })),
    );
  };
  const ping = (): void => {
    void doing.run(async () => {
      await api.ping(webhook.id);
      toast(t("webhooks.pinged"));
      setSent((now) => now + 1);
    });
  };
  return (
    <>
      <Card title={webhook.url} lead={webhook.description}>
        <p>
          <StateOf webhook={webhook} />
        </p>
        {editing ? (
          <EditForm api={api} loaded={loaded} webhook={webhook} onClose={() => setEditing(false)} />
        ) : (
          <div class="card-foot is-wrapped">
            <button type="button" class="button" ref={back} onClick={onClose}>
              {t("webhooks.back")}
            </button>
            <button type="button" class="button" onClick={() => setEditing(true)}>
              {t("webhooks.edit")}
            </button>
            <button type="button" class="button" disabled={doing.busy || !webhook.active} onClick={ping}>
              {t("webhooks.ping")}
            </button>
            <button type="button" class="button" disabled={doing.busy} onClick={toggle}>
              {t(webhook.active ? "webhooks.switch.off" : "webhooks.switch.on")}
            </button>
            <button type="button" class="button" onClick={() => setAsking("rotate")}>
              {t("webhooks.rotate")}
            </button>
            <button type="button" class="button is-danger" onClick={() => setAsking("delete")}>
              {t("webhooks.delete")}
            </button>
          </div>
        )}
        <Wrong problem={doing.problem} />
      </Card>
      <Log api={api} webhook={webhook} sent={sent} />
      {asking === "delete" ? (
        <Confirm
          title={t("webhooks.delete.of", { url: webhook.url })}
          lead={t("webhooks.delete.lead")}
          action={t("webhooks.delete")}
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            await api.delete(webhook.id);
            loaded.set((now) => now.filter(({ id }) => id !== webhook.id));
            toast(t("webhooks.deleted"));
            onClose();
          }}
        />
      ) : null}
      {asking === "rotate" ? (
        <Confirm
          title={t("webhooks.rotate")}
          lead={t("webhooks.rotate.lead")}
          action={t("webhooks.rotate.go")}
          danger={overlap === "0"}
          onClose={() => setAsking(null)}
          onConfirm={async () => {
            const made = await api.rotate(webhook.id, Number(overlap));
            put(made.webhook);
            onSecret(made);
          }}
        >
          {() => (
            <SelectField
              label={t("webhooks.overlap")}
              value={overlap}
              onPick={setOverlap}
              choices={[
                ["0", t("webhooks.overlap.0")],
                ["24", t("webhooks.overlap.24")],
                ["72", t("webhooks.overlap.72")],
                ["168", t("webhooks.overlap.168")],
              ]}
            />
          )}
        </Confirm>
      ) : null}
    </>
  );
}
