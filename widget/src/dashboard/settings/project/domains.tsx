/** Project › Domains: the sites that may embed the widget. */

import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import type { Project } from "../../../rest/types";
import { Refused } from "../../first_steps/install";
import { useSites } from "../../first_steps/sites";
import { Icon } from "../../views/parts/icons";
import { IconButton } from "../../views/parts/components";
import { type Loaded, useRequest } from "../parts/use_request";
import { Card, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { Confirm, Shown } from "../parts/components";
import { useRequiredFields } from "../parts/required_fields";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { domainIn, readable } from "./domain_names";
import { ManagersOnly } from "./managers_only";
import { newest, Stale } from "./stale";
import { useProject } from "./use_project";

export function DomainsPage(): JSX.Element {
  const { loaded, manager } = useProject();
  return (
    <>
      {manager ? null : <ManagersOnly />}
      <Shown of={loaded}>{(project) => <Domains project={project} loaded={loaded} />}</Shown>
    </>
  );
}

function Domains({ project, loaded }: { readonly project: Project; readonly loaded: Loaded<Project> }): JSX.Element {
  const { api, manager } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [typed, setTyped] = useState("");
  const missing = useRequiredFields({ domains: typed.trim() === "" });
  const [leaving, setLeaving] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  useUnsaved(typed !== "");

  const save = async (domains: readonly string[]): Promise<Project> => {
    const fresh = await api.change(project.version, { domains });
    loaded.set((now) => newest(now, fresh));
    return fresh;
  };
  const add = (): void => {
    void doing.run(async () => {
      const fresh = await save([...project.domains, domainIn(typed)]);
      const added = fresh.domains.find((domain) => !project.domains.includes(domain));
      toast(added === undefined ? t("domains.known") : t("domains.added", { domain: readable(added) }));
      setTyped("");
    });
  };
  const remove = async (domain: string): Promise<void> => {
    await save(project.domains.filter((one) => one !== domain));
    toast(t("domains.removed", { domain: readable(domain) }));
    list.current?.focus(); // the focused button is gone
  };
  const only = project.domains.length < 2;
  const sites = useSites(project.id);

  return (
    <Card title={t("domains.title")} same lead={t("domains.lead")}>
      <ul class="items" ref={list} tabIndex={-1}>
        {project.domains.map((domain) => (
          <li key={domain} class="item">
            <span class="item-icon">
              <Icon name="globe" />
            </span>
            <span class="item-text">
              <b>
                <bdi>{readable(domain)}</bdi>
              </b>
              {readable(domain) === domain ? null : <small>{domain}</small>}
              {domain.startsWith("*.") ? (
                <small>{t("domains.wild", { domain: readable(domain.slice(2)) })}</small>
              ) : null}
            </span>
            {!manager || only ? null : (
              <IconButton
                icon="close"
                label={t("domains.remove", { domain: readable(domain) })}
                onClick={() => setLeaving(domain)}
              />
            )}
          </li>
        ))}
      </ul>
      <Refused at={sites} manager={manager} />
      {only && manager ? <p class="setting-hint">{t("domains.only")}</p> : null}
      {doing.problem?.code === "stale" ? (
        <Stale mine={project} loaded={loaded} onDone={doing.clear} />
      ) : (
        <Wrong problem={doing.problem} besides={["domains"]} />
      )}
      {manager ? (
        <form onSubmit={submitting(add, missing.pressed)} noValidate>
          <TextField
            label={t("domains.new")}
            value={typed}
            onInput={(value) => {
              setTyped(value);
              doing.clear();
            }}
            code
            most={255}
            error={missing.of("domains") ?? wrong("domains")}
            hint={t("domains.hint")}
            placeholder="shop.example"
          />
          <Submit label={t("domains.add")} busy={doing.busy} />
        </form>
      ) : null}
      {leaving === null ? null : (
        <Confirm
          title={t("domains.remove", { domain: readable(leaving) })}
          lead={t("domains.remove.lead")}
          action={t("domains.remove.go")}
          onClose={() => setLeaving(null)}
          onConfirm={() => remove(leaving)}
        />
      )}
    </Card>
  );
}
