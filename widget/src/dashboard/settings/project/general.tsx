/** Project › General: name, history mode, and the embed snippet. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Project, ProjectChange } from "../../../rest/types";
import { Install, Seen } from "../../first_steps/install";
import { useSites } from "../../first_steps/sites";
import type { HistoryMode } from "../../rest/project_api";
import { type Loaded, useRequest } from "../parts/use_request";
import { Card, Submit, submitting, TextField, useFieldError, Wrong } from "../parts/forms";
import { useUnsaved } from "../parts/unsaved";
import { Shown } from "../parts/components";
import { useToast } from "../parts/toast";
import { useSettingsI18n } from "../i18n";
import { ManagersOnly } from "./managers_only";
import { newest, Stale } from "./stale";
import { useProject } from "./use_project";

export function GeneralPage(): JSX.Element {
  const { loaded, manager } = useProject();
  return (
    <>
      {manager ? null : <ManagersOnly />}
      <Shown of={loaded}>
        {(project) => (
          <>
            <Form project={project} loaded={loaded} />
            <Snippet project={project} />
          </>
        )}
      </Shown>
    </>
  );
}

function Form({ project, loaded }: { readonly project: Project; readonly loaded: Loaded<Project> }): JSX.Element {
  const { api, manager } = useProject();
  const { t } = useSettingsI18n();
  const toast = useToast();
  const doing = useRequest();
  const wrong = useFieldError(doing.problem);
  const [mine, setMine] = useState(project); // the version that the fields were filled from
  const [name, setName] = useState(mine.name);
  const [mode, setMode] = useState<HistoryMode>(mine.history_mode);
  const [reopens, setReopens] = useState(mine.reopen_on_reply);
  const change: Omit<ProjectChange, "version"> = {
    ...(name.trim() === mine.name ? {} : { name: name.trim() }),
    ...(mode === mine.history_mode ? {} : { history_mode: mode }),
    ...(reopens === mine.reopen_on_reply ? {} : { reopen_on_reply: reopens }),
  };
  const dirty = Object.keys(change).length > 0;
  useUnsaved(dirty);
  const fill = (from: Project): void => {
    setMine(from);
    setName(from.name);
    setMode(from.history_mode);
    setReopens(from.reopen_on_reply);
  };
  // A newer version: fields without unsaved changes take it, others keep what was typed, and `Stale` shows it.
  const behind = project.version > mine.version && !doing.busy; // while saving it may be our own
  useEffect(() => {
    if (behind && !dirty) fill(project);
  }, [behind, dirty, project.version]);
  const save = (): void => {
    void doing.run(async () => {
      const fresh = await api.change(mine.version, change);
      fill(fresh);
      loaded.set((now) => newest(now, fresh));
      toast(t("saved"));
    });
  };
  return (
    <Card title={t("general.about")}>
      <form onSubmit={submitting(save, () => name.trim() !== "")} noValidate>
        <TextField
          label={t("general.name")}
          value={name}
          onInput={setName}
          most={100}
          disabled={!manager}
          error={name.trim() === "" ? t("general.name.needed") : wrong("name")}
          hint={t("general.name.hint")}
        />
        <HistoryChoice value={mode} onPick={setMode} disabled={!manager} />
        <ReopenChoice value={reopens} onPick={setReopens} limited={mode === "limit_to_active"} disabled={!manager} />
        {(behind && dirty) || doing.problem?.code === "stale" ? (
          <Stale
            mine={mine}
            loaded={loaded}
            onDone={(theirs) => {
              fill(theirs);
              doing.clear();
            }}
          />
        ) : (
          <Wrong problem={doing.problem} besides={["name", "history_mode", "reopen_on_reply"]} />
        )}
        {manager ? <Submit label={t("save")} busy={doing.busy} disabled={!dirty} /> : null}
      </form>
    </Card>
  );
}

const MODES = ["forever", "limit_to_active"] as const;

interface HistoryProps {
  readonly value: HistoryMode;
  readonly onPick: (mode: HistoryMode) => void;
  readonly disabled: boolean;
}

function HistoryChoice({ value, onPick, disabled }: HistoryProps): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <fieldset class="radios" disabled={disabled}>
      <legend>{t("general.history")}</legend>
      {MODES.map((mode) => (
        <label key={mode} class="radio">
          <input type="radio" name="history" value={mode} checked={mode === value} onChange={() => onPick(mode)} />
          <span>
            <b>{t(`general.history.${mode}`)}</b>
            <small>{t(`general.history.${mode}.lead`)}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface ReopenProps {
  readonly value: boolean;
  readonly onPick: (reopens: boolean) => void;
  readonly limited: boolean; // the visitor does not see a solved conversation
  readonly disabled: boolean;
}

function ReopenChoice({ value, onPick, limited, disabled }: ReopenProps): JSX.Element {
  const { t } = useSettingsI18n();
  return (
    <fieldset class="radios" disabled={disabled}>
      <legend>{t("general.reply")}</legend>
      {[false, true].map((reopens) => (
        <label key={String(reopens)} class="radio">
          <input type="radio" name="reopen" checked={reopens === value} onChange={() => onPick(reopens)} />
          <span>
            <b>{t(reopens ? "general.reply.reopens" : "general.reply.stays")}</b>
            <small>
              {t(
                reopens ? "general.reply.reopens.lead" : limited ? "general.reply.refused" : "general.reply.stays.lead",
              )}
            </small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Snippet({ project }: { readonly project: Project }): JSX.Element {
  const { t } = useSettingsI18n();
  const sites = useSites(project.id);
  return (
    <Card title={t("snippet.title")}>
      <Seen at={sites} />
      <Install project={project.id} />
    </Card>
  );
}
