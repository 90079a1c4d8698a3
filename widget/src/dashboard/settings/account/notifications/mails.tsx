/** Account › Notifications: which mails the user gets. */

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import type { ProfileChange } from "../../../../rest/types";
import { AccountApi } from "../../../rest/account_api";
import { Switch } from "../../../views/parts/switch";
import { useSession } from "../../../views/session";
import { useSettingsI18n } from "../../i18n";
import { Card, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useRequest } from "../../parts/use_request";

export function MailsCard(): JSX.Element {
  const { api, user, changed } = useSession();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const account = useMemo(() => new AccountApi(api), [api]);

  const mail = (choice: ProfileChange): void => {
    void doing.run(async () => {
      changed(await account.change(choice));
      toast(t("saved"));
    });
  };

  return (
    <Card title={t("notifications.mails")} lead={t("notifications.mails.lead", { email: user.email })}>
      <Switch
        label={t("notifications.assigned")}
        lead={t("notifications.assigned.lead")}
        on={user.mail_on_assignment}
        onChange={(on) => mail({ mail_on_assignment: on })}
      />
      <Switch
        label={t("notifications.mentioned")}
        lead={t("notifications.mentioned.lead")}
        on={user.mail_on_mention}
        onChange={(on) => mail({ mail_on_mention: on })}
      />
      <Wrong problem={doing.problem} />
    </Card>
  );
}
