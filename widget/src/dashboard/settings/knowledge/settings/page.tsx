/** Project › Knowledge › Settings: where visitors find the articles. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { KnowledgeSettings } from "../../../../rest/types";
import { Problem } from "../../../rest/api";
import { Icon } from "../../../views/parts/icons";
import { Switch } from "../../../views/parts/switch";
import { CopyButton, Note, Shown } from "../../parts/components";
import { Card, Wrong } from "../../parts/forms";
import { useToast } from "../../parts/toast";
import { useLoaded, useRequest, useTouched } from "../../parts/use_request";
import { useProject } from "../../project/use_project";
import { useKnowledgeI18n } from "../i18n";
import type { PageProps } from "../pages";

type Place = "in_widget" | "help_page";

export function Settings({ api }: PageProps): JSX.Element {
  const { t } = useKnowledgeI18n();
  const { project, manager } = useProject();
  const toast = useToast();
  const doing = useRequest();
  const [wanted, setWanted] = useState<Partial<Record<Place, boolean>>>({}); // until the server has answered
  const loaded = useLoaded(() => api.settings(), [api]);
  useTouched(loaded, "knowledge_settings");
  const change = (of: KnowledgeSettings, place: Place, on: boolean): void => {
    if (doing.busy) return setWanted((now) => ({ ...now })); // the switch goes back
    setWanted({ [place]: on });
    void doing
      .run(async () => {
        try {
          loaded.set(await api.changeSettings({ version: of.version, [place]: on }));
        } catch (error) {
          if (error instanceof Problem && error.code === "stale") await loaded.reload(); // show what another has set
          throw error;
        }
        toast(t(`place.${place}.${on ? "on" : "off"}`));
      })
      .finally(() => setWanted({}));
  };
  return (
    <Shown of={loaded}>
      {(settings) => {
        const on = (place: Place): boolean => wanted[place] ?? settings[place];
        const address = `${location.origin}/help/${project.id}`;
        return (
          <>
            <Card title={t("place.title")} same lead={t("place.lead")}>
              <fieldset class="plain-fieldset" disabled={!manager}>
                <Switch
                  label={t("place.in_widget")}
                  lead={t("place.in_widget.lead")}
                  on={on("in_widget")}
                  onChange={(to) => change(settings, "in_widget", to)}
                />
                <Switch
                  label={t("place.help_page")}
                  lead={t("place.help_page.lead")}
                  on={on("help_page")}
                  onChange={(to) => change(settings, "help_page", to)}
                />
              </fieldset>
              <Wrong problem={doing.problem} />
            </Card>
            <Card title={t("place.address")} lead={t("place.address.lead")}>
              <p class="help-address">
                <code>{address}</code>
                <CopyButton text={address} />
                {settings.help_page ? (
                  <a class="button is-small" href={address} target="_blank" rel="noopener">
                    <Icon name="external" size={16} />
                    {t("place.open")}
                  </a>
                ) : null}
              </p>
              {settings.help_page ? null : <Note>{t("place.address.off")}</Note>}
            </Card>
          </>
        );
      }}
    </Shown>
  );
}
