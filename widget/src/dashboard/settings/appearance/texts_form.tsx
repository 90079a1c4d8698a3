/** The texts of the widget in each language that it speaks. */

import type { JSX } from "preact";

import { Card, SelectField, TextField } from "../parts/forms";
import { nameOfLanguage } from "../../texts/i18n";
import { type Draft, LANGUAGES, TEXT_NAMES, TEXTS, textsOf } from "./draft";
import { useAppearanceI18n } from "./i18n";

interface TextsFormProps {
  readonly draft: Draft;
  readonly language: string;
  readonly onLanguage: (language: string) => void;
  readonly onChange: (change: Partial<Draft>) => void;
}

export function TextsForm({ draft, language, onLanguage, onChange }: TextsFormProps): JSX.Element {
  const { t } = useAppearanceI18n();
  const texts = textsOf(draft, language);
  return (
    <Card title={t("look.texts")} lead={t("look.texts.lead")}>
      <SelectField
        label={t("look.texts.of")}
        value={language}
        choices={LANGUAGES.map((one) => [one, nameOfLanguage(one)] as const)}
        onPick={onLanguage}
      />
      {TEXT_NAMES.map((name) => (
        <TextField
          key={name}
          label={t(`look.text.${name}`)}
          value={texts[name]}
          most={TEXTS[name]}
          onInput={(text) => onChange({ texts: { ...draft.texts, [language]: { ...texts, [name]: text } } })}
        />
      ))}
    </Card>
  );
}
