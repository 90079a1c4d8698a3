/** The preview: the widget itself in a frame, which shows what it is told. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { READY, type Shown } from "../../../preview/messages";
import type { WidgetAppearance } from "../../../rest/types";
import { Select } from "../parts/forms";
import { nameOfLanguage } from "../../texts/i18n";
import { LANGUAGES } from "./draft";
import { useAppearanceI18n } from "./i18n";

const VIEWS = ["chat", "empty", "closed"] as const;

interface PreviewProps {
  readonly appearance: WidgetAppearance | null;
  readonly name: string;
  readonly language: string;
  readonly onLanguage: (language: string) => void;
}

export function Preview({ appearance, name, language, onLanguage }: PreviewProps): JSX.Element {
  const { t } = useAppearanceI18n();
  const frame = useRef<HTMLIFrameElement>(null);
  const [ready, setReady] = useState(false);
  const [view, setView] = useState<Shown["view"]>("chat");
  useEffect(() => {
    const heard = ({ source, data }: MessageEvent): void => {
      if (source === frame.current?.contentWindow && data === READY) setReady(true);
    };
    addEventListener("message", heard);
    return () => removeEventListener("message", heard);
  }, []);
  useEffect(() => {
    const shown: Shown = { appearance, name, language, view };
    if (ready) frame.current?.contentWindow?.postMessage(shown, location.origin);
  }, [ready, appearance, name, language, view]);
  return (
    <section class="look-preview" aria-labelledby="look-preview">
      <header class="card-head">
        <h2 id="look-preview">{t("look.preview")}</h2>
        <p class="card-lead">{t("look.preview.lead")}</p>
      </header>
      <div class="look-row">
        <Select
          label={t("look.view")}
          value={view}
          choices={VIEWS.map((one) => [one, t(`look.view.${one}`)] as const)}
          onPick={setView}
        />
        <Select
          label={t("look.language")}
          value={language}
          choices={LANGUAGES.map((one) => [one, nameOfLanguage(one)] as const)}
          onPick={onLanguage}
        />
      </div>
      <iframe ref={frame} class="look-frame" src="/widget-preview" title={t("look.preview.frame")} />
    </section>
  );
}
