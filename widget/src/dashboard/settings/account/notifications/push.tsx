/** Push messages: switched on for this browser here, and off for any browser. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { PushSubscription as Listed } from "../../../../rest/types";
import { listed, type PushState, pushState, turnOff, turnOn } from "../../../notifications/subscription";
import { Icon } from "../../../views/parts/icons";
import { useSession } from "../../../views/session";
import { Shown, When } from "../../parts/components";
import { Card, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useLoaded, useRequest } from "../../parts/use_request";
import { useSettingsI18n } from "../../i18n";
import { BrowserRow } from "../browser_row";

export function PushCard(): JSX.Element {
  const { api, user } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [state, setState] = useState<PushState | null>(null);
  const [failed, setFailed] = useState(false);
  const loaded = useLoaded(() => listed(api), [api]);
  const items = loaded.value?.items;
  useEffect(() => {
    if (items !== undefined) void pushState(items).then(setState, () => setState("unsupported"));
  }, [items]);

  const change = (on: boolean): void => {
    setFailed(false);
    void doing.run(async () => {
      try {
        if (on) setState(await turnOn(api, user.id));
        else await turnOff(api);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        setFailed(true); // the browser's push service is unreachable, or refuses
      }
      await loaded.reload();
    });
  };
  const remove = (one: Listed): void => {
    void doing.run(async () => {
      await api.call("DELETE", `/me/push-subscriptions/${one.id}`);
      loaded.set((now) => ({ ...now, items: now.items.filter(({ id }) => id !== one.id) }));
      toast(t("push.removed"));
    });
  };

  const unable = state === "unsupported" || state === "insecure" || state === "blocked" ? state : null;
  return (
    <Card title={t("push.title")} lead={t("push.lead")}>
      <Shown of={loaded}>
        {(value) => (
          <>
            {state === null ? null : unable !== null ? (
              <p class="setting-hint" role="status">
                {t(`push.${unable}`)}
              </p>
            ) : (
              <p>
                <button
                  type="button"
                  class={state === "on" ? "button" : "button is-primary"}
                  disabled={doing.busy}
                  onClick={() => change(state !== "on")}
                >
                  {t(state === "on" ? "push.off" : "push.on")}
                </button>
              </p>
            )}
            {failed ? (
              <p class="setting-error" role="alert">
                <Icon name="alert" size={14} />
                {t("push.failed")}
              </p>
            ) : null}
            <Wrong problem={doing.problem} />
            {value.items.length === 0 ? null : (
              <ul class="items" aria-label={t("push.browsers")}>
                {value.items.map((one) => (
                  <BrowserRow
                    key={one.id}
                    device={one.device}
                    current={one.current}
                    busy={doing.busy}
                    action={t("push.remove")}
                    actionOf={(name) => t("push.remove.of", { name })}
                    onAction={() => remove(one)}
                  >
                    {t("push.since")} <When at={one.created_at} />
                    {one.pushed_at === null ? null : (
                      <>
                        {" · "}
                        {t("push.last")} <When at={one.pushed_at} />
                      </>
                    )}
                  </BrowserRow>
                ))}
              </ul>
            )}
          </>
        )}
      </Shown>
    </Card>
  );
}
