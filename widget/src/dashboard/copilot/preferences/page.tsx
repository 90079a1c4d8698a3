/** How the copilot writes: the agent's own preferences, and those of the project for managers. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../../rest/api";
import { Card, Field, SelectField, Submit } from "../../settings/parts/forms";
import { useUnsaved } from "../../settings/parts/unsaved";
import { type Loaded, useLoaded, useRequest, useTouched } from "../../settings/parts/use_request";
import { Icon } from "../../views/parts/icons";
import { useWorkspace } from "../../views/hooks";
import { languageName, useCopilotI18n, worded } from "../i18n";
import { LANGUAGES } from "../languages";
import type { Preferences } from "../model/rest";
import { forgetOwnLanguage } from "../panel/own_language";
import { PlaceLink } from "../page/place_link";
import { useCopilotApi } from "../use_client";
import { TryAgain } from "../../views/parts/try_again";

export const MAX_STYLE = 500; // code points
const TONES = ["", "friendly", "neutral", "formal", "playful"] as const;
const LENGTHS = ["", "short", "medium", "long"] as const;

export function PreferencesPage(): JSX.Element {
  const { t } = useCopilotI18n();
  const { project } = useWorkspace();
  const api = useCopilotApi();
  const mine = useLoaded(() => api.preferences("mine"), [api]);
  const shared = useLoaded(() => api.preferences("project"), [api]);
  useTouched(mine, "copilot");
  useTouched(shared, "copilot");
  return (
    <>
      <header class="cop-head">
        <PlaceLink place="" class="icon-button back-to-list">
          <span class="sr-only">{t("page.back")}</span>
          <Icon name="back" />
        </PlaceLink>
        <h2>{t("page.preferences")}</h2>
      </header>
      <div class="cop-preferences">
        <Shown of="mine" loaded={mine} may />
        <Shown of="project" loaded={shared} may={project.role === "manager"} />
      </div>
    </>
  );
}

interface ShownProps {
  readonly of: "mine" | "project";
  readonly loaded: Loaded<Preferences>;
  readonly may: boolean; // change them
}

function Shown({ of, loaded, may }: ShownProps): JSX.Element {
  const { t } = useCopilotI18n();
  return (
    <Card title={t(`preferences.${of}`)} lead={t(may ? `preferences.${of}.lead` : "preferences.managers")}>
      {loaded.value !== null ? (
        <Form of={of} saved={loaded.value} may={may} onSaved={loaded.set} onStale={loaded.reload} />
      ) : loaded.problem === null ? (
        <p class="cop-line">{t("loading")}</p>
      ) : (
        <p class="cop-line" role="alert">
          {t("list.not.loaded")} <TryAgain problem={loaded.problem} onRetry={() => void loaded.reload()} />
        </p>
      )}
    </Card>
  );
}

interface FormProps {
  readonly of: "mine" | "project";
  readonly saved: Preferences;
  readonly may: boolean;
  readonly onSaved: (preferences: Preferences) => void;
  readonly onStale: () => Promise<void>;
}

function Form({ of, saved, may, onSaved, onStale }: FormProps): JSX.Element {
  const { t, language } = useCopilotI18n();
  const api = useCopilotApi();
  const doing = useRequest();
  const [draft, setDraft] = useState(saved);
  const [done, setDone] = useState(false);
  const dirty = FIELDS.some((field) => draft[field] !== saved[field]);
  const left = MAX_STYLE - [...draft.style].length;
  useUnsaved(dirty);
  useEffect(() => {
    // A newer version: what was not touched here follows it.
    setDraft((now) => ({ ...now, version: saved.version, ...(dirty ? {} : saved) }));
  }, [saved]);
  const set = (change: Partial<Preferences>): void => {
    setDone(false);
    setDraft((now) => ({ ...now, ...change }));
  };
  const save = (): void => {
    if (left < 0 || !dirty) return;
    void doing.run(async () => {
      try {
        onSaved(await api.setPreferences(of, draft));
      } catch (error) {
        if (error instanceof Problem && error.code === "stale") await onStale();
        throw error;
      }
      if (of === "mine") forgetOwnLanguage();
      setDone(true);
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <fieldset class="plain-fieldset" disabled={!may}>
        <SelectField
          label={t("preferences.tone")}
          value={pickOf(TONES, draft.tone)}
          choices={TONES.map((one) => [one, t(one === "" ? `preferences.unset.${of}` : `preferences.tone.${one}`)])}
          onPick={(tone) => set({ tone })}
        />
        <SelectField
          label={t("preferences.length")}
          value={pickOf(LENGTHS, draft.length)}
          choices={LENGTHS.map((one) => [one, t(one === "" ? `preferences.unset.${of}` : `preferences.length.${one}`)])}
          onPick={(length) => set({ length })}
        />
        <SelectField
          label={t("preferences.language")}
          hint={t("preferences.language.hint")}
          value={draft.language}
          choices={["", ...new Set([...(draft.language === "" ? [] : [draft.language]), ...LANGUAGES])].map((one) => [
            one,
            one === "" ? t(`preferences.unset.${of}`) : languageName(one, language),
          ])}
          onPick={(picked) => set({ language: picked })}
        />
        <Field
          label={t("preferences.style")}
          hint={
            <>
              {t("preferences.style.hint")}{" "}
              <span class={left < 0 ? "cop-number is-over" : "cop-number"}>
                {left < 0 ? t("count.over", { n: -left }) : t("count.left", { n: left })}
              </span>
            </>
          }
          error={left < 0 ? t("preferences.style.long") : null}
        >
          {(given) => (
            <textarea
              {...given}
              class="input"
              rows={4}
              value={draft.style}
              onInput={(event) => set({ style: event.currentTarget.value })}
            />
          )}
        </Field>
      </fieldset>
      <p class={doing.problem === null ? "cop-status" : "cop-status is-failed"} role="status">
        {doing.problem !== null
          ? worded(t, "preferences.problem", doing.problem.temporary ? "away" : doing.problem.code, "problem.other")
          : done && !dirty
            ? t("preferences.saved")
            : ""}
      </p>
      {may ? <Submit label={t("session.save")} busy={doing.busy} disabled={!dirty || left < 0} /> : null}
    </form>
  );
}

const FIELDS = ["tone", "length", "language", "style"] as const;

/** A word of a later server is shown as not set, and stays until another is picked. */
function pickOf<T extends string>(words: readonly T[], word: string): T | "" {
  return words.find((one) => one === word) ?? "";
}
