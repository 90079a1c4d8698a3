/** The log of a webhook: what was sent, how the receiver answered, and sending it again. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Delivery, Webhook } from "../../../rest/types";
import { useSettingsI18n } from "../i18n";
import { Shown, When } from "../parts/components";
import { Card, SelectField, Wrong } from "../parts/forms";
import { useToast } from "../parts/toast";
import { useLoaded, useRequest } from "../parts/use_request";
import type { DeliveryState, LogFilter, WebhooksApi } from "./api";
import { EVENTS } from "./events";

interface LogProps {
  readonly api: WebhooksApi;
  readonly webhook: Webhook;
  readonly sent: number;
}

const DAY = 24 * 60 * 60 * 1_000; // ms
const WAITING_POLL = 2_000; // ms, while a delivery on the page is queued

export function Log({ api, webhook, sent }: LogProps): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [filter, setFilter] = useState<LogFilter>({ state: "", event: "" });
  const loaded = useLoaded(() => api.log(webhook.id, filter, null), [api, webhook.id, filter, sent]);
  const page = loaded.value;
  const waits = page?.items.some(({ state }) => state === "queued") === true && page.items.length <= 25;
  useEffect(() => {
    if (!waits) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void loaded.reload();
    }, WAITING_POLL);
    return () => clearInterval(timer);
  }, [waits, loaded]);
  const more = (): void => {
    void doing.run(async () => {
      if (page === null || page.next_cursor === null) return;
      const next = await api.log(webhook.id, filter, page.next_cursor);
      loaded.set((now) => ({ ...next, items: [...now.items, ...next.items] }));
    });
  };
  const replay = (delivery: Delivery): void => {
    void doing.run(async () => {
      const fresh = await api.replay(webhook.id, delivery.id);
      loaded.set((now) => ({ ...now, items: now.items.map((one) => (one.id === fresh.id ? fresh : one)) }));
      toast(t("webhooks.replayed"));
    });
  };
  const replayDay = (): void => {
    void doing.run(async () => {
      const { queued } = await api.replaySince(webhook.id, Date.now() - DAY);
      toast(t(queued === 1 ? "webhooks.replayed.one" : "webhooks.replayed.n", { n: queued }));
      await loaded.reload();
    });
  };
  return (
    <Card title={t("webhooks.log")} lead={t("webhooks.log.lead")}>
      <div class="filters">
        <SelectField
          label={t("webhooks.log.state")}
          value={filter.state}
          onPick={(state) => setFilter({ ...filter, state })}
          choices={[
            ["", t("webhooks.state.all")],
            ["delivered", t("webhooks.state.delivered")],
            ["queued", t("webhooks.state.queued")],
            ["dead", t("webhooks.state.dead")],
          ]}
        />
        <SelectField
          label={t("webhooks.log.event")}
          value={filter.event}
          onPick={(event) => setFilter({ ...filter, event })}
          choices={[
            ["", t("webhooks.log.events.all")],
            ...["ping", ...EVENTS].map((one): [string, string] => [one, one]),
          ]}
        />
      </div>
      <Shown of={loaded}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            <p class="nothing">{t("webhooks.log.none")}</p>
          ) : (
            <>
              <ul class="items">
                {items.map((one) => (
                  <Row key={one.id} of={one} onReplay={webhook.active ? () => replay(one) : null} />
                ))}
              </ul>
              {next_cursor === null ? null : (
                <button type="button" class="button" disabled={doing.busy} onClick={more}>
                  {t("more")}
                </button>
              )}
            </>
          )
        }
      </Shown>
      <Wrong problem={doing.problem} />
      <div class="card-foot">
        <button type="button" class="button" disabled={doing.busy || !webhook.active} onClick={replayDay}>
          {t("webhooks.replay.day")}
        </button>
      </div>
    </Card>
  );
}

interface RowProps {
  readonly of: Delivery;
  readonly onReplay: (() => void) | null;
}

function Row({ of: delivery, onReplay }: RowProps): JSX.Element {
  const { t } = useSettingsI18n();
  const last = delivery.attempts[delivery.attempts.length - 1];
  return (
    <li class="item is-delivery">
      <details class="item-text">
        <summary>
          <b>
            <code>{delivery.event}</code>
          </b>{" "}
          <StateTag state={delivery.state} />{" "}
          <small>
            <When at={delivery.created_at} />
            {last === undefined ? null : ` · ${last.status === 0 ? last.error : last.status} · ${last.ms} ms`}
          </small>
        </summary>
        <dl class="facts">
          <dt>{t("webhooks.delivery.id")}</dt>
          <dd>
            <code>{delivery.id}</code>
          </dd>
          {delivery.attempts.map((attempt) => (
            <Attempt key={attempt.at} of={attempt} />
          ))}
          {delivery.next_attempt_at === null ? null : (
            <>
              <dt>{t("webhooks.delivery.next")}</dt>
              <dd>
                <When at={delivery.next_attempt_at} />
              </dd>
            </>
          )}
        </dl>
        {last === undefined || (last.response ?? "") === "" ? null : (
          <>
            <p>{t("webhooks.delivery.response")}</p>
            <pre class="snippet">{last.response}</pre>
          </>
        )}
        <p>{t("webhooks.delivery.payload")}</p>
        <pre class="snippet">{JSON.stringify(delivery.payload, null, 2)}</pre>
      </details>
      {delivery.state === "queued" || onReplay === null ? null : (
        <button
          type="button"
          class="button is-small"
          aria-label={t("webhooks.replay.of", { event: delivery.event })}
          onClick={onReplay}
        >
          {t("webhooks.replay")}
        </button>
      )}
    </li>
  );
}

function Attempt({ of: { at, ms, status, error } }: { readonly of: Delivery["attempts"][number] }): JSX.Element {
  return (
    <>
      <dt>
        <When at={at} />
      </dt>
      <dd>
        {status === 0 || status === undefined ? error : `HTTP ${status}`} · {ms} ms
      </dd>
    </>
  );
}

function StateTag({ state }: { readonly state: DeliveryState }): JSX.Element {
  const { t } = useSettingsI18n();
  return <span class={state === "dead" ? "tag is-warn" : "tag"}>{t(`webhooks.state.${state}`)}</span>;
}
