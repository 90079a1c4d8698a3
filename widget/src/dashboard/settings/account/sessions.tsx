/** Account › Sessions: the browsers that are signed in, and how to sign them out. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { OwnSession } from "../../../rest/types";
import { AccountApi } from "../../rest/account_api";
import { useSession } from "../../views/session";
import { useRequest, useLoaded } from "../parts/use_request";
import { Card, Wrong } from "../parts/forms";
import { Confirm, Shown, When } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { BrowserRow } from "./browser_row";

export function SessionsPage(): JSX.Element {
  const { api } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const [asking, setAsking] = useState(false);
  const account = useMemo(() => new AccountApi(api), [api]);
  const loaded = useLoaded(() => account.signIns(), [account]);

  const end = (one: OwnSession): void => {
    void doing.run(async () => {
      await account.endSignIn(one.id);
      loaded.set((now) => now.filter(({ id }) => id !== one.id));
      toast(t("sessions.ended"));
    });
  };
  const endOthers = async (): Promise<void> => {
    const others = (loaded.value ?? []).filter((one) => !one.current);
    for (const one of others) await account.endSignIn(one.id);
    loaded.set((now) => now.filter((one) => one.current));
    toast(t("sessions.ended.all"));
  };

  return (
    <Card title={t("sessions.title")} same lead={t("sessions.lead")}>
      <Shown of={loaded}>
        {(sessions) => (
          <>
            <ul class="items">
              {sorted(sessions).map((one) => (
                <BrowserRow
                  key={one.id}
                  device={one.device}
                  current={one.current}
                  busy={doing.busy}
                  action={t("sessions.end")}
                  actionOf={(name) => t("sessions.end.of", { name })}
                  onAction={() => end(one)}
                >
                  {one.address === "" ? null : <>{one.address} · </>}
                  {t("sessions.used")} <When at={one.last_used_at} /> · {t("sessions.since")}{" "}
                  <When at={one.created_at} />
                </BrowserRow>
              ))}
            </ul>
            <Wrong problem={doing.problem} />
            {sessions.length > 1 ? (
              <div class="card-foot">
                <button type="button" class="button is-quiet-danger" onClick={() => setAsking(true)}>
                  {t("sessions.others")}
                </button>
              </div>
            ) : null}
          </>
        )}
      </Shown>
      {asking ? (
        <Confirm
          title={t("sessions.others")}
          lead={t("sessions.others.lead")}
          action={t("sessions.others.go")}
          onConfirm={endOthers}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </Card>
  );
}

/** This browser first, then by last use. */
function sorted(sessions: readonly OwnSession[]): readonly OwnSession[] {
  return [...sessions].sort((a, b) => Number(b.current) - Number(a.current) || b.last_used_at - a.last_used_at);
}
