/** The theme, and own colours with their contrast. */

import type { JSX } from "preact";

import type { ContrastFault, NamedTheme } from "../../../rest/types";
import { Card, Field } from "../parts/forms";
import { BUILT_IN, COLOURS, type Draft, isColour } from "./draft";
import { type Translate, useAppearanceI18n } from "./i18n";

interface ColoursProps {
  readonly draft: Draft;
  readonly themes: readonly NamedTheme[];
  readonly faults: readonly ContrastFault[] | null; // null: not known yet
  readonly onChange: (change: Partial<Draft>) => void;
}

export function Colours({ draft, themes, faults, onChange }: ColoursProps): JSX.Element {
  const { t } = useAppearanceI18n();
  const { background, text, accent } = draft.colours;
  const own: NamedTheme = {
    name: "own",
    scheme: "light",
    tokens: { surface: background, text, accent, theirs: background },
  };
  const offered = [{ name: "system", scheme: "light", tokens: {} } as NamedTheme, ...BUILT_IN, ...themes, own];
  return (
    <Card title={t("look.colours")} lead={t("look.colours.lead")}>
      <fieldset class="look-themes">
        <legend class="sr-only">{t("look.theme")}</legend>
        {offered.map((theme) => (
          <label key={theme.name} class="look-theme">
            <input
              type="radio"
              name="theme"
              checked={draft.theme === theme.name}
              onChange={() => onChange({ theme: theme.name as Draft["theme"] })}
            />
            <Swatch theme={theme} />
            {nameOf(theme.name, t)}
          </label>
        ))}
      </fieldset>
      {draft.theme === "own" ? (
        <>
          <div class="look-row">
            {COLOURS.map((name) => (
              <Colour
                key={name}
                label={t(`look.colour.${name}`)}
                value={draft.colours[name]}
                onChange={(value) => onChange({ colours: { ...draft.colours, [name]: value } })}
              />
            ))}
          </div>
          <div role="status">
            {faults === null ? null : faults.length === 0 ? (
              <p class="setting-hint">{t("look.fault.none")}</p>
            ) : (
              <Faults
                faults={faults}
                onUse={(name, colour) => onChange({ colours: { ...draft.colours, [name]: colour } })}
              />
            )}
          </div>
        </>
      ) : null}
    </Card>
  );
}

/** A drawing, because the page's policy allows no inline styles. */
function Swatch({ theme: { name, tokens } }: { readonly theme: NamedTheme }): JSX.Element {
  const { surface, accent, theirs, text } = tokens;
  return (
    <svg class="look-swatch" viewBox="0 0 116 34" preserveAspectRatio="none" aria-hidden="true">
      {name === "system" ? (
        <>
          <rect width="58" height="34" fill="#ffffff" />
          <rect x="58" width="58" height="34" fill="#14171e" />
          <rect width="116" height="10" fill="#4f46e5" />
        </>
      ) : (
        <>
          <rect width="116" height="34" fill={surface} />
          <rect width="116" height="10" fill={accent} />
          <rect x="8" y="16" width="50" height="11" rx="5" fill={theirs} />
          <rect x="14" y="20" width="30" height="3" fill={text} />
          <rect x="72" y="16" width="36" height="11" rx="5" fill={accent} />
        </>
      )}
    </svg>
  );
}

interface ColourProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** By the system's picker, or typed. */
function Colour({ label, value, onChange }: ColourProps): JSX.Element {
  const { t } = useAppearanceI18n();
  return (
    <Field label={label} error={isColour(value) ? null : t("look.colour.wrong")}>
      {(given) => (
        <span class="look-colour">
          <input
            type="color"
            aria-label={t("look.colour.pick", { name: label })}
            value={isColour(value) ? value : "#000000"}
            onInput={(event) => onChange(event.currentTarget.value)}
          />
          <input
            {...given}
            class="input is-code"
            type="text"
            value={value}
            maxLength={7}
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => onChange(event.currentTarget.value.trim().toLowerCase())}
          />
        </span>
      )}
    </Field>
  );
}

interface FaultsProps {
  readonly faults: readonly ContrastFault[];
  readonly onUse: (name: string, colour: string) => void;
}

function Faults({ faults, onUse }: FaultsProps): JSX.Element {
  const { t } = useAppearanceI18n();
  const named = (name: string) => t(`look.colour.${name}` as "look.colour.text");
  return (
    <ul class="look-faults">
      {faults.map((one) => (
        <li key={one.front + one.ground} class="setting-error">
          <p>
            {t("look.fault", {
              front: named(one.front),
              ground: named(one.ground),
              ratio: (Math.floor(one.ratio * 100) / 100).toFixed(2),
              needed: one.needed,
            })}
          </p>
          {(
            [
              [one.front, one.nearest_front],
              [one.ground, one.nearest_ground],
            ] as const
          ).map(([name, colour]) => (
            <button key={name} type="button" class="button is-small" onClick={() => onUse(name, colour)}>
              <svg width="14" height="14" aria-hidden="true">
                <rect width="14" height="14" fill={colour} />
              </svg>
              {t("look.fault.use", { name: named(name), colour })}
            </button>
          ))}
        </li>
      ))}
    </ul>
  );
}

/** Themes have names of their own, which are not translated. */
function nameOf(name: string, t: Translate): string {
  if (name === "system" || name === "light" || name === "dark" || name === "own") return t(`look.theme.${name}`);
  if (name === "oled-void") return "OLED Void";
  return name.replace(/(^|-)(\w)/g, (_, dash: string, letter: string) => (dash && " ") + letter.toUpperCase());
}
