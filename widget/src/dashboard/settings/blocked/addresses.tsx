/** Project › Blocked: addresses and ranges whose visitors are treated as blocked ones. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { AddressBlock } from "../../../rest/types";
import type { VisitorsApi } from "../../visitors/api";
import { useNow } from "../../views/hooks";
import { Icon } from "../../views/parts/icons";
import { useSettingsI18n } from "../i18n";
import { OnDay, Shown, When } from "../parts/components";
import { Card, Field, Select, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useRequiredFields } from "../parts/required_fields";
import { useToast } from "../parts/toast";
import { useUnsaved } from "../parts/unsaved";
import { type Loaded, useLoaded, useRequest, useTouched } from "../parts/use_request";

type List = Loaded<readonly AddressBlock[]>;

const HOUR = 60 * 60 * 1_000; // ms
const DURATIONS = { never: 0, hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const;
type Duration = keyof typeof DURATIONS;

export function Addresses({ api }: { readonly api: VisitorsApi }): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const loaded = useLoaded(() => api.addresses(), [api]);
  useTouched(loaded, "address_blocks");
  const doing = useRequest();
  const list = useRef<HTMLUListElement>(null);
  const unblock = ({ id, network }: AddressBlock): void => {
    void doing.run(async () => {
      await api.unblockAddress(id);
      loaded.set((now) => now.filter((one) => one.id !== id));
      toast(t("blocked.address.released", { network }));
      list.current?.focus();
    });
  };
  return (
    <>
      <NewBlock api={api} loaded={loaded} />
      <Card title={t("blocked.addresses")} lead={t("blocked.addresses.lead")}>
        <Shown of={loaded}>
          {(blocks) => (
            <>
              {blocks.length === 0 ? <p class="nothing">{t("blocked.addresses.none")}</p> : null}
              <ul class="items" ref={list} tabIndex={-1}>
                {blocks.map((block) => (
                  <Row key={block.id} of={block} busy={doing.busy} onUnblock={unblock} />
                ))}
              </ul>
            </>
          )}
        </Shown>
        <Wrong problem={doing.problem} />
      </Card>
    </>
  );
}

function NewBlock({ api, loaded }: { readonly api: VisitorsApi; readonly loaded: List }): JSX.Element {
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [network, setNetwork] = useState("");
  const [reason, setReason] = useState("");
  const [duration, setDuration] = useState<Duration>("never");
  useUnsaved(network !== "" || reason !== "");
  const missing = useRequiredFields({ network: network.trim() === "" });
  const block = (): void => {
    void doing.run(async () => {
      const expires_at = duration === "never" ? null : Date.now() + DURATIONS[duration];
      const made = await api.blockAddress({ network: network.trim(), reason: reason.trim(), expires_at });
      loaded.set((now) => [made, ...now]);
      setNetwork("");
      setReason("");
      toast(t("blocked.address.made", { network: made.network }));
    });
  };
  return (
    <Card title={t("blocked.address.new")} lead={t("blocked.address.new.lead")}>
      <form onSubmit={submitting(block, missing.pressed)} noValidate>
        <TextField
          label={t("blocked.network")}
          value={network}
          onInput={setNetwork}
          most={64}
          code
          error={missing.of("network") ?? wrong("network")}
          hint={t("blocked.network.hint")}
        />
        <TextField
          label={t("blocked.reason")}
          value={reason}
          onInput={setReason}
          most={200}
          error={wrong("reason")}
          hint={t("blocked.reason.hint")}
        />
        <Field label={t("blocked.duration")} error={wrong("expires_at")}>
          {(given) => (
            <Select
              {...given}
              value={duration}
              choices={(Object.keys(DURATIONS) as Duration[]).map((one) => [one, t(`blocked.duration.${one}`)])}
              onPick={setDuration}
            />
          )}
        </Field>
        <Wrong problem={doing.problem} besides={["network", "reason", "expires_at"]} />
        <Submit label={t("blocked.address.block")} busy={doing.busy} />
      </form>
    </Card>
  );
}

interface RowProps {
  readonly of: AddressBlock;
  readonly busy: boolean;
  readonly onUnblock: (block: AddressBlock) => void;
}

function Row({ of, busy, onUnblock }: RowProps): JSX.Element {
  const { t } = useSettingsI18n();
  const now = useNow();
  const { network, reason, created_at, created_by, expires_at } = of;
  return (
    <li class="item">
      <span class="item-icon">
        <Icon name="globe" />
      </span>
      <span class="item-text">
        <b>
          <code>{network}</code>{" "}
          {expires_at !== null && expires_at <= now ? <span class="tag">{t("blocked.expired")}</span> : null}
        </b>
        {reason === "" ? null : <span class="is-content">{reason}</span>}
        <small>
          {created_by === null ? null : <>{t("blocked.by", { name: created_by.full_name })} · </>}
          <When at={created_at} />
          {expires_at === null || expires_at <= now ? null : (
            <>
              {" "}
              · {t("blocked.until")} <OnDay at={expires_at} />
            </>
          )}
        </small>
      </span>
      <button
        type="button"
        class="button is-small"
        disabled={busy}
        aria-label={t("blocked.address.release.of", { network })}
        onClick={() => onUnblock(of)}
      >
        {t("blocked.release.blocked")}
      </button>
    </li>
  );
}
