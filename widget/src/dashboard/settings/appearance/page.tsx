/** Project › Widget: how it looks, with the widget itself as the preview. */

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import type { Appearance, AppearancePreview } from "../../../rest/types";
import { AppearanceApi } from "../../appearance/api";
import { useSession } from "../../views/session";
import { Switch } from "../../views/parts/switch";
import { Note, Shown } from "../parts/components";
import { Card, SelectField, Submit, submitting, TextField, Wrong } from "../parts/forms";
import { useStyleSheet } from "../parts/style_sheet";
import { useToast } from "../parts/toast";
import { useUnsaved } from "../parts/unsaved";
import { type Loaded, useLoaded, useRequest, useTouched } from "../parts/use_request";
import { ManagersOnly } from "../project/managers_only";
import { useProject } from "../project/use_project";
import { Colours } from "./colours";
import {
  type Draft,
  draftOf,
  FONTS,
  ICONS,
  isNumber,
  isWhole,
  lookOf,
  MAX_DELAY,
  MAX_OFFSET,
  POSITIONS,
  LANGUAGES,
} from "./draft";
import { useAppearanceI18n } from "./i18n";
import { Logo } from "./logo";
import { Preview } from "./preview";
import { loadStyles } from "./styles";
import { TextsForm } from "./texts_form";

const PAUSE = 250; // ms without a change before the server is asked

export function LookPage(): JSX.Element {
  const { api: rest } = useSession();
  const { project, manager } = useProject();
  const api = useMemo(() => new AppearanceApi(rest, project.id), [rest, project.id]);
  const loaded = useLoaded(() => api.load(), [api]);
  useTouched(loaded, "appearance");
  const styled = useStyleSheet(loadStyles);
  return (
    <>
      {manager ? null : <ManagersOnly />}
      {styled ? <Shown of={loaded}>{(found) => <Editor api={api} found={found} loaded={loaded} />}</Shown> : null}
    </>
  );
}

interface EditorProps {
  readonly api: AppearanceApi;
  readonly found: Appearance;
  readonly loaded: Loaded<Appearance>;
}

function Editor({ api, found, loaded }: EditorProps): JSX.Element {
  const { t, language: own } = useAppearanceI18n();
  const { project, manager } = useProject();
  const toast = useToast();
  const doing = useRequest();
  const themes = useLoaded(() => api.themes(), [api]);
  const [mine, setMine] = useState(found); // the version that the fields were filled from
  const [draft, setDraft] = useState(() => draftOf(found.look));
  const [language, setLanguage] = useState(LANGUAGES.includes(own) ? own : "en");
  const wanted = JSON.stringify(draft);
  const dirty = wanted !== JSON.stringify(draftOf(mine.look));
  useUnsaved(dirty);
  const fill = (from: Appearance): void => {
    setMine(from);
    setDraft(draftOf(from.look));
  };
  const behind = found.version > mine.version && !doing.busy; // while saving it may be our own
  useEffect(() => {
    if (behind && !dirty) fill(found);
  }, [behind, dirty, found.version]);
  const checked = useChecked(api, draft, mine);
  const change = (some: Partial<Draft>): void => setDraft((now) => ({ ...now, ...some }));
  const whole = isWhole(draft) && (draft.theme !== "own" || !checked?.faults.length);
  const save = (): void => {
    void doing.run(async () => {
      const fresh = await api.save(mine.version, lookOf(draft, mine.look));
      fill(fresh);
      loaded.set(fresh);
      toast(t("look.saved"));
    });
  };
  const minutes = mine.answer_seconds === null ? null : Math.max(1, Math.round(mine.answer_seconds / 60));
  return (
    <div class="look">
      <form class="look-form" onSubmit={submitting(save, () => whole)} noValidate>
        <fieldset class="plain-fieldset look-form" disabled={!manager}>
          <Colours
            draft={draft}
            themes={themes.value?.items ?? []}
            faults={checked?.faults ?? null}
            onChange={change}
          />
          <Card title={t("look.launcher")}>
            <div class="look-row">
              <SelectField
                label={t("look.position")}
                value={draft.position}
                choices={POSITIONS.map((one) => [one, t(`look.position.${one}`)] as const)}
                onPick={(position) => change({ position })}
              />
              <SelectField
                label={t("look.icon")}
                value={draft.icon}
                choices={ICONS.map((one) => [one, t(`look.icon.${one}`)] as const)}
                onPick={(icon) => change({ icon })}
              />
            </div>
            <div class="look-row">
              <NumberField name="offset_x" most={MAX_OFFSET} draft={draft} onChange={change} />
              <NumberField name="offset_y" most={MAX_OFFSET} draft={draft} onChange={change} />
            </div>
          </Card>
          <Card title={t("look.window")}>
            <SelectField
              label={t("look.font")}
              hint={t("look.font.hint")}
              value={draft.font}
              choices={FONTS.map((one) => [one, t(`look.font.${one}`)] as const)}
              onPick={(font) => change({ font })}
            />
            <Logo api={api} project={project.id} logo={draft.logo} onChange={(logo) => change({ logo })} />
          </Card>
          <TextsForm draft={draft} language={language} onLanguage={setLanguage} onChange={change} />
          <Card title={t("look.behaviour")}>
            <Switch
              label={t("look.sound")}
              lead={t("look.sound.lead")}
              on={draft.sound}
              onChange={(sound) => change({ sound })}
            />
            <Switch
              label={t("look.answer_time")}
              lead={minutes === null ? t("look.answer_time.none") : t("look.answer_time.some", { minutes })}
              on={draft.answer_time}
              onChange={(answer_time) => change({ answer_time })}
            />
            <div class="look-row">
              <NumberField name="greeting_after" most={MAX_DELAY} draft={draft} onChange={change} />
              <NumberField
                name="auto_open"
                most={MAX_DELAY}
                draft={draft}
                onChange={change}
                hint={t("look.auto_open.hint")}
              />
            </div>
          </Card>
        </fieldset>
        <div class="look-save">
          {(behind && dirty) || doing.problem?.code === "stale" ? (
            <Note kind="warn">
              <p>
                <b>{t("look.stale")}</b>
              </p>
              <button type="button" class="button is-small" onClick={() => void api.load().then(fill)}>
                {t("look.stale.load")}
              </button>
            </Note>
          ) : (
            <Wrong problem={doing.problem} />
          )}
          {manager ? <Submit label={t("look.save")} busy={doing.busy} disabled={!dirty || !whole} /> : null}
        </div>
      </form>
      <Preview appearance={checked?.widget ?? null} name={project.name} language={language} onLanguage={setLanguage} />
    </div>
  );
}

/** What the server says about the draft: the same as when it is stored. Keeps the last look while colours fail. */
function useChecked(api: AppearanceApi, draft: Draft, { look }: Appearance): AppearancePreview | null {
  const [checked, setChecked] = useState<AppearancePreview | null>(null);
  const wanted = JSON.stringify(draft);
  useEffect(() => {
    if (!isWhole(draft)) return undefined;
    let over = false;
    const timer = setTimeout(
      () => {
        api.preview(lookOf(draft, look)).then(
          (found) => {
            if (over) return;
            setChecked((before) => (found.faults.length > 0 ? { ...found, widget: before?.widget ?? null } : found));
          },
          () => undefined, // the next change asks again
        );
      },
      checked === null ? 0 : PAUSE,
    );
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [api, wanted]);
  return checked;
}

interface NumberFieldProps {
  readonly name: "offset_x" | "offset_y" | "auto_open" | "greeting_after";
  readonly most: number;
  readonly draft: Draft;
  readonly hint?: string;
  readonly onChange: (change: Partial<Draft>) => void;
}

function NumberField({ name, most, draft, hint, onChange }: NumberFieldProps): JSX.Element {
  const { t } = useAppearanceI18n();
  const wrong = t(most === MAX_OFFSET ? "look.offset.wrong" : "look.delay.wrong");
  const value = draft[name];
  return (
    <TextField
      label={t(`look.${name}`)}
      value={Number.isNaN(value) ? "" : String(value)}
      most={4}
      code
      hint={hint}
      error={isNumber(value, most) ? null : wrong}
      onInput={(typed) => onChange({ [name]: /^\d+$/.test(typed) ? Number(typed) : Number.NaN })}
    />
  );
}
